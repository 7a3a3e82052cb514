import { ApiProperty } from '@nestjs/swagger';
import type { ListedModel } from './listed-model.js';

const METHODS = ['generateContent', 'streamGenerateContent', 'countTokens'] as const;

/** One model in the form of Google’s list. */
export class GoogleModelResponse {
  /** `models/` and the name that a request puts into its path. */
  @ApiProperty()
  readonly name: string;

  /** Always empty; kept because clients require it. */
  @ApiProperty()
  readonly version = '';

  @ApiProperty()
  readonly displayName: string;

  /** Left out where it is not known. */
  @ApiProperty({ required: false })
  readonly inputTokenLimit?: number;

  /** Left out where it is not known. */
  @ApiProperty({ required: false })
  readonly outputTokenLimit?: number;

  /** Google’s operations that serve the model; empty where its provider does not speak their form. */
  @ApiProperty({ enum: METHODS, isArray: true })
  readonly supportedGenerationMethods: readonly string[];

  constructor({ name, wires, maxInputTokens, maxOutputTokens }: ListedModel) {
    this.name = `models/${name}`;
    this.displayName = name;
    if (maxInputTokens !== null) this.inputTokenLimit = maxInputTokens;
    if (maxOutputTokens !== null) this.outputTokenLimit = maxOutputTokens;
    this.supportedGenerationMethods = wires.includes('google') ? METHODS : [];
  }
}

/** A page of Google’s list of models. */
export class GoogleModelListResponse {
  @ApiProperty({ type: [GoogleModelResponse] })
  readonly models: readonly GoogleModelResponse[];

  /** For `pageToken`; left out on the last page. */
  @ApiProperty({ required: false })
  readonly nextPageToken?: string;

  constructor(models: readonly ListedModel[], hasMore: boolean) {
    this.models = models.map((model) => new GoogleModelResponse(model));
    const last = models.at(-1);
    if (hasMore && last !== undefined)
      this.nextPageToken = Buffer.from(last.name).toString('base64url');
  }
}
