import { EmptyTextIs, IsText, OptionalText } from '#libs/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsArray, IsInt, IsObject, IsOptional, Max, Min } from 'class-validator';

const MAX_MODEL_LENGTH = 256;
const MAX_COUNT = 1_000_000_000;

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
  completion_response?: Record<string, unknown>;
}

/** Body of `POST /cost/estimate`. */
export class EstimateCostRequest {
  @ApiProperty({ type: String, example: 'gpt-4o' })
  @IsText(MAX_MODEL_LENGTH)
  model!: string;

  @ApiPropertyOptional({ type: Number, default: 0, example: 1000 })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  input_tokens?: number;

  @ApiPropertyOptional({ type: Number, default: 0, example: 500 })
  @IsOptional()
  @EmptyTextIs('absent')
  @IsInt()
  @Min(0)
  @Max(MAX_COUNT)
  output_tokens?: number;

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
