import { ApiProperty } from '@nestjs/swagger';

/** Creation time that OpenAI's model list carries; LiteLLM answers with this one for every model. */
const CREATED = 1_677_610_602;

/** One model group in OpenAI's form. */
export class ModelResponse {
  /** The name that a request puts into `model`. */
  @ApiProperty()
  readonly id: string;

  /** Always `model`. */
  @ApiProperty({ enum: ['model'] })
  readonly object = 'model';

  /** Always the same; kept because clients require it. */
  @ApiProperty()
  readonly created = CREATED;

  /** Always `openai`. */
  @ApiProperty({ enum: ['openai'] })
  readonly owned_by = 'openai';

  /** @param id name of the model group */
  constructor(id: string) {
    this.id = id;
  }
}

/** The model groups that a caller may use, in OpenAI's form. */
export class ModelListResponse {
  /** Always `list`. */
  @ApiProperty({ enum: ['list'] })
  readonly object = 'list';

  /** In the order of the configuration. */
  @ApiProperty({ type: [ModelResponse] })
  readonly data: readonly ModelResponse[];

  /** @param ids names of model groups */
  constructor(ids: readonly string[]) {
    this.data = ids.map((id) => new ModelResponse(id));
  }
}
