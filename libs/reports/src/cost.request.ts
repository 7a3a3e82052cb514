import { EmptyTextIs, HasNoFault, IsText, OptionalText } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsInt, IsObject, IsOptional, Max, Min } from 'class-validator';

const MAX_MODEL_LENGTH = 256;
const MAX_COUNT = 1_000_000_000;

/** Names of counts of tokens in the usage objects of all providers. */
const COUNT_NAME = /tokens?(?:_?count)?$/i;
const MAX_TOKENS = 100_000_000;

type Members = Readonly<Record<string, unknown>>;

/** Body of `POST /spend/calculate`: a model with messages, or a response. */
export class CalculateSpendRequest {
  @OptionalText(MAX_MODEL_LENGTH, { example: 'gpt-4o' })
  model?: string;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object' },
    example: [{ role: 'user', content: 'Hello' }],
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsArray()
  messages?: unknown[];

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsObject()
  @HasNoFault((response, path) => usageFault((response as Members)['usage'], `${path}.usage`))
  completion_response?: Members;
}

/** Body of `POST /cost/estimate`. */
export class EstimateCostRequest {
  @ApiProperty({ type: String, example: 'gpt-4o' })
  @IsText(MAX_MODEL_LENGTH)
  model!: string;

  @ApiPropertyOptional({
    type: Number,
    default: 0,
    example: 1000,
    description: 'Required, here or as `output_tokens`.',
  })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  input_tokens?: number | null;

  @ApiPropertyOptional({ type: Number, default: 0, example: 500 })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  output_tokens?: number | null;

  @ApiPropertyOptional({ type: Number, nullable: true, example: 100 })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  num_requests_per_day?: number | null;

  @ApiPropertyOptional({ type: Number, nullable: true, example: 3000 })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  num_requests_per_month?: number | null;
}

/** What is wrong with the counts of a usage object, at any depth; `null` for nothing. */
function usageFault(usage: unknown, path: string): string | null {
  if (typeof usage !== 'object' || usage === null)
    return `${path} must be a usage object, for example {"prompt_tokens": 5, "completion_tokens": 2}`;
  for (const [name, value] of Object.entries(usage)) {
    const place = `${path}.${name}`;
    const fault =
      typeof value === 'object' && value !== null
        ? usageFault(value, place)
        : countFault(name, value, place);
    if (fault !== null) return fault;
  }
  return null;
}

function countFault(name: string, value: unknown, place: string): string | null {
  if (value === null || !COUNT_NAME.test(name)) return null;
  const isCount = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_TOKENS;
  return isCount ? null : `${place} must be an integer from 0 to ${String(MAX_TOKENS)}`;
}
