import { IsIdentity, IsText } from '#libs/access';
import { ERROR_CODES } from '#libs/common';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { OfflineRecords } from './offline-records.js';

const MAX_CASES = 10_000;
const MAX_TEXT = 65_536;
const MAX_NAME_LENGTH = 300;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The request of a case; what is absent comes from the file's defaults, else it is a chat completion. */
export class StatedRequest {
  @IsOptional()
  @Matches(/^\//, { message: '$property must be a path that begins with a slash' })
  @MaxLength(MAX_TEXT)
  route?: string;

  /** Default `POST`. */
  @IsOptional()
  @IsIn(METHODS)
  method?: string;

  /** The member `model` of the body. */
  @IsOptional()
  @IsString()
  model?: string;

  /** The member `user` of the body. */
  @IsOptional()
  @IsString()
  user?: string;

  @IsOptional()
  @KeepRaw()
  @IsObject()
  headers?: Record<string, string>;
}

/** What must come out. Only what is stated is compared; `null` states that there is none. */
export class ExpectedOutcome {
  /** HTTP status; 200 for a call that the guards let pass. */
  @IsOptional()
  @IsInt()
  @Min(100)
  @Max(599)
  status?: number;

  @IsOptional()
  @IsIn(Object.keys(ERROR_CODES))
  reason?: string | null;

  /** How the caller proved who it is. */
  @IsOptional()
  @IsIn(['master_key', 'jwt', 'userinfo', 'introspection', 'virtual_key'])
  kind?: string | null;

  @IsOptional()
  @IsIdentity()
  issuer?: string | null;

  @IsOptional()
  @IsIdentity()
  subject?: string | null;

  @IsOptional()
  @IsIdentity()
  user?: string | null;

  @IsOptional()
  @IsIdentity()
  team?: string | null;

  @IsOptional()
  @IsIdentity()
  organization?: string | null;

  @IsOptional()
  @IsIdentity()
  end_user?: string | null;

  @IsOptional()
  @IsIdentity()
  role?: string | null;

  /** The guard that refused. */
  @IsOptional()
  @IsString()
  guard?: string | null;

  /** The setting that refused. */
  @IsOptional()
  @IsString()
  config_key?: string | null;

  /** Configured models that the caller may use, in any order. */
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  allowed_models?: string[];

  /** What would allow it. */
  @IsOptional()
  @IsString()
  remedy?: string | null;
}

/** One call and what must come of it: exactly one of `claims` and `token`. */
export class ExpectationCase {
  @IsText(MAX_NAME_LENGTH)
  name!: string;

  /**
   * Claims of a verified token, laid over the file's defaults; `null` takes one away. `iat` and `exp` are those of a
   * fresh token unless stated.
   */
  @IsOptional()
  @KeepRaw()
  @IsObject()
  claims?: Record<string, unknown>;

  /** A credential as it would stand behind `Bearer`. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_TEXT)
  token?: string;

  /** `iss`, where the claims say none. */
  @IsOptional()
  @IsString()
  issuer?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => StatedRequest)
  request?: StatedRequest;

  @ValidateNested()
  @IsObject()
  @Type(() => ExpectedOutcome)
  expect!: ExpectedOutcome;
}

/** What every case of a file begins with. */
export class CaseDefaults {
  @IsOptional()
  @KeepRaw()
  @IsObject()
  claims?: Record<string, unknown>;

  @IsOptional()
  @IsString()
  issuer?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => StatedRequest)
  request?: StatedRequest;
}

/** A file of expectations: rows that are there, calls, and what must come of them. */
export class ExpectationFile {
  /** Heading of the generated page. */
  @IsOptional()
  @IsText(MAX_NAME_LENGTH)
  title?: string;

  @IsOptional()
  @IsText(MAX_TEXT)
  description?: string;

  /** A config.yaml as text, for files that bring their own; `gatehouse check` evaluates by `--config`. */
  @IsOptional()
  @IsText(MAX_TEXT)
  config?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => OfflineRecords)
  given?: OfflineRecords;

  @IsOptional()
  @ValidateNested()
  @Type(() => CaseDefaults)
  defaults?: CaseDefaults;

  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_CASES)
  @ValidateNested({ each: true })
  @Type(() => ExpectationCase)
  cases!: ExpectationCase[];
}

/** Keeps free maps free: names of claims and headers are data, not members of a class. */
function KeepRaw(): PropertyDecorator {
  return Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]);
}
