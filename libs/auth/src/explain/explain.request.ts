import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsMetadata, MAX_TAGS } from '#libs/access';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  ValidateBy,
} from 'class-validator';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_TOKEN_LENGTH = 65_536;
const MAX_ROUTE_LENGTH = 4_096;
const MAX_MODEL_LENGTH = 1_024;
const MAX_HEADERS = 100;

/** Body of `POST /auth/explain`: a call that is evaluated and not made. */
export class ExplainRequest {
  @ApiPropertyOptional({
    type: String,
    description: 'The credential, as it would stand behind "Bearer". Either this or claims.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TOKEN_LENGTH)
  token?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Claims that are evaluated as if the issuer in iss had signed them. The issuer, the audience, the times and required claims are checked as in a token.',
  })
  @IsOptional()
  @IsMetadata()
  @KeepRaw()
  claims?: Record<string, unknown>;

  @ApiPropertyOptional({ type: String, default: '/v1/chat/completions' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ROUTE_LENGTH)
  route?: string;

  @ApiPropertyOptional({ enum: METHODS, default: 'POST' })
  @IsOptional()
  @IsIn(METHODS)
  method?: string;

  @ApiPropertyOptional({
    type: String,
    description:
      'The member "model" of the body; for files and batches the model of the requests in the file.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_MODEL_LENGTH)
  model?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'The member "input_file_id" of the body of a batch.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_MODEL_LENGTH)
  input_file_id?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Members of the body, as far as they name models or objects: `previous_response_id`, `training_file`, `messages` with ids of files. The members beside it have priority.',
  })
  @IsOptional()
  @IsMetadata()
  @KeepRaw()
  body?: Record<string, unknown>;

  @ApiPropertyOptional({ type: String, description: 'The member "user" of the body.' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_MODEL_LENGTH)
  user?: string;

  @ApiPropertyOptional({ type: [String], description: 'The member "tags" of the body.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TAGS)
  @IsString({ each: true })
  tags?: string[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'Headers that name a team, an end user or tags. Credentials among them are not looked at.',
  })
  @IsOptional()
  @IsHeaderMap()
  @KeepRaw()
  headers?: Record<string, string>;
}

/** Names of claims, headers and members of bodies are data, which no conversion to a class may touch. */
function KeepRaw(): PropertyDecorator {
  return Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]);
}

function IsHeaderMap(): PropertyDecorator {
  return ValidateBy({
    name: 'isHeaderMap',
    validator: {
      validate: isHeaderMap,
      defaultMessage: () => '$property must be an object of header names and string values',
    },
  });
}

function isHeaderMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const values = Object.values(value);
  return values.length <= MAX_HEADERS && values.every((one) => typeof one === 'string');
}
