import { ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalText } from '#libs/access';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MAX_TEXT = 255;
const MAX_PAGE = 1_000_000;
const MAX_SIZE = 1_000;
const DEFAULT_SIZE = 50;

/** Query of `GET /model/info`. */
export class ModelInfoRequest {
  @OptionalText(MAX_TEXT, { description: 'Id of one deployment.' })
  litellm_model_id?: string;
}

/** Query of `GET /model_group/info`. */
export class ModelGroupInfoRequest {
  @OptionalText(MAX_TEXT, { description: 'Name of one model.' })
  model_group?: string;
}

/** Query of `GET /v2/model/info`. */
export class ModelInfoPageRequest {
  @OptionalText(MAX_TEXT, { description: 'Name of one model.' })
  model?: string;

  @OptionalText(MAX_TEXT, { description: 'Id of one deployment.' })
  modelId?: string;

  @OptionalText(MAX_TEXT, { description: 'Part of the name; case is ignored.' })
  search?: string;

  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: MAX_PAGE, default: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  page = 1;

  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: MAX_SIZE, default: DEFAULT_SIZE })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_SIZE)
  size = DEFAULT_SIZE;
}
