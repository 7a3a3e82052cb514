import { EmptyTextIs, OptionalIdentity, OptionalText } from '#libs/access';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type, type TransformFnParams } from 'class-transformer';
import { IsBoolean, IsInt, IsISO8601, IsOptional, Matches, Max, Min } from 'class-validator';

const MAX_MODEL_LENGTH = 255;
const MAX_PAGE = 1_000_000;
/** Of years that the database and its arithmetic know: the day behind 9999-12-31 has none. */
const DAY = /^[12]\d{3}-\d{2}-\d{2}$/;
const DAY_MESSAGE = '$property must be a day, YYYY-MM-DD';

/** Rows of one page at most. */
export const MAX_PAGE_SIZE = 1_000;

/** Query of `GET /spend/logs`. Several filters must all match. */
export class SpendLogsRequest {
  @OptionalIdentity({ description: 'Id of a key.' })
  api_key?: string;

  @OptionalIdentity()
  user_id?: string;

  @OptionalIdentity()
  team_id?: string;

  @OptionalIdentity()
  request_id?: string;

  @OptionalIdentity()
  end_user?: string;

  @OptionalText(MAX_MODEL_LENGTH, { description: 'Model group, or model at the upstream.' })
  model?: string;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'First day, UTC.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @Matches(DAY, { message: DAY_MESSAGE })
  @IsISO8601({ strict: true }, { message: DAY_MESSAGE })
  start_date?: string;

  @ApiPropertyOptional({ type: String, format: 'date', description: 'Last day, UTC, included.' })
  @IsOptional()
  @EmptyTextIs('absent')
  @Matches(DAY, { message: DAY_MESSAGE })
  @IsISO8601({ strict: true }, { message: DAY_MESSAGE })
  end_date?: string;

  @ApiPropertyOptional({
    type: Boolean,
    default: true,
    description: 'With both dates: one summary for each day instead of rows.',
  })
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  summarize?: boolean;

  @ApiPropertyOptional({ type: Number, default: 1, minimum: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  page?: number;

  @ApiPropertyOptional({ type: Number, default: MAX_PAGE_SIZE, minimum: 1, maximum: MAX_PAGE_SIZE })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  page_size?: number;
}

/** Query values are text; what is neither true nor false is left for the validation to refuse. */
function toBoolean({ value }: TransformFnParams): unknown {
  if (value === 'true' || value === '1') return true;
  return value === 'false' || value === '0' ? false : value;
}
