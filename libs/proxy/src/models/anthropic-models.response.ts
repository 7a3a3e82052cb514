import { ApiProperty } from '@nestjs/swagger';
import type { ListedModel } from './listed-model.js';

/** Anthropic: an epoch where the date is not known. The one that OpenAI's form has, too. */
const CREATED_AT = '2023-02-28T18:56:42Z';

/** One model in the form of Anthropic's list. */
export class AnthropicModelResponse {
  @ApiProperty({ enum: ['model'] })
  readonly type = 'model';

  /** The name that a request puts into `model`. */
  @ApiProperty()
  readonly id: string;

  @ApiProperty()
  readonly display_name: string;

  /** Always the same; kept because clients require it. */
  @ApiProperty()
  readonly created_at = CREATED_AT;

  /** Not known, so always `null`. */
  @ApiProperty({ type: Object, nullable: true })
  readonly capabilities = null;

  @ApiProperty({ type: Number, nullable: true })
  readonly max_input_tokens: number | null;

  @ApiProperty({ type: Number, nullable: true })
  readonly max_tokens: number | null;

  constructor({ name, maxInputTokens, maxOutputTokens }: ListedModel) {
    this.id = name;
    this.display_name = name;
    this.max_input_tokens = maxInputTokens;
    this.max_tokens = maxOutputTokens;
  }
}

/** A page of Anthropic's list of models. */
export class AnthropicModelListResponse {
  @ApiProperty({ type: [AnthropicModelResponse] })
  readonly data: readonly AnthropicModelResponse[];

  /** Whether there is more in the direction of the page. */
  @ApiProperty()
  readonly has_more: boolean;

  /** For `before_id`; `null` on an empty page. */
  @ApiProperty({ type: String, nullable: true })
  readonly first_id: string | null;

  /** For `after_id`; `null` on an empty page. */
  @ApiProperty({ type: String, nullable: true })
  readonly last_id: string | null;

  constructor(models: readonly ListedModel[], hasMore: boolean) {
    this.data = models.map((model) => new AnthropicModelResponse(model));
    this.has_more = hasMore;
    this.first_id = models[0]?.name ?? null;
    this.last_id = models.at(-1)?.name ?? null;
  }
}
