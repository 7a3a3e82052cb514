import {
  IsAlias,
  IsEmailAddress,
  IsIdentity,
  IsModelList,
  IsText,
  USER_ROLES,
  type UserRole,
} from '#libs/access';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';

const MAX_ROWS = 10_000;
const MAX_ENTRY_LENGTH = 1_024;
const SOURCES = ['admin', 'scim', 'sync', 'token'] as const;

/** An organisation that is there, in the words of `POST /organization/new`. */
export class OfflineOrganization {
  @IsIdentity()
  organization_id!: string;

  /** Default: its id. */
  @IsOptional()
  @IsAlias()
  organization_alias?: string;

  /** Empty is every model. */
  @IsOptional()
  @IsModelList()
  models?: string[];
}

/** A team that is there, in the words of `POST /team/new`. */
export class OfflineTeam {
  @IsIdentity()
  team_id!: string;

  @IsOptional()
  @IsAlias()
  team_alias?: string | null;

  @IsOptional()
  @IsIdentity()
  organization_id?: string | null;

  /** Empty is every model. */
  @IsOptional()
  @IsModelList()
  models?: string[];

  @IsOptional()
  @IsBoolean()
  blocked?: boolean;
}

/** A user who is there, in the words of `POST /user/new`, and whose account it is. */
export class OfflineUser {
  @IsIdentity()
  user_id!: string;

  @IsOptional()
  @IsEmailAddress()
  user_email?: string | null;

  @IsOptional()
  @IsIn(USER_ROLES)
  user_role?: UserRole | null;

  /** Empty is every model. */
  @IsOptional()
  @IsModelList()
  models?: string[];

  @IsOptional()
  @IsBoolean()
  blocked?: boolean;

  /** Issuer whose token used the account first; absent while none has. */
  @IsOptional()
  @IsIdentity()
  bound_issuer?: string | null;

  /** Subject of that token. */
  @IsOptional()
  @IsIdentity()
  bound_subject?: string | null;
}

/** An end user who is there. */
export class OfflineEndUser {
  @IsIdentity()
  user_id!: string;

  @IsOptional()
  @IsBoolean()
  blocked?: boolean;
}

/** One user in one team. */
export class OfflineMembership {
  @IsIdentity()
  team_id!: string;

  @IsIdentity()
  user_id!: string;

  /** Where it comes from, default `admin`; those of `token` satisfy no fallback to the database. */
  @IsOptional()
  @IsIn(SOURCES)
  source?: (typeof SOURCES)[number];
}

/** A virtual key that is there, in the words of `POST /key/generate`. */
export class OfflineKey {
  @Matches(/^sk-[\x21-\x7e]+$/)
  key!: string;

  @IsOptional()
  @IsAlias()
  key_alias?: string | null;

  @IsOptional()
  @IsIdentity()
  user_id?: string | null;

  @IsOptional()
  @IsIdentity()
  team_id?: string | null;

  @IsOptional()
  @IsIdentity()
  organization_id?: string | null;

  /** Empty is every model. */
  @IsOptional()
  @IsModelList()
  models?: string[];

  /** Empty is what its owner may. */
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  allowed_routes?: string[];

  @IsOptional()
  @IsBoolean()
  blocked?: boolean;

  /** ISO 8601; absent is never. */
  @IsOptional()
  @IsISO8601()
  expires?: string | null;
}

/** A claim's value that stands for a virtual key, in the words of `POST /jwt/key/mapping/new`. */
export class OfflineKeyMapping {
  @IsText(MAX_ENTRY_LENGTH)
  jwt_claim_name!: string;

  @IsText(MAX_ENTRY_LENGTH)
  jwt_claim_value!: string;

  /** One of the given keys. */
  @Matches(/^sk-[\x21-\x7e]+$/)
  key!: string;

  @IsOptional()
  @IsIdentity()
  issuer?: string | null;
}

/** The rows that decisions are made from, in place of a database. Every list defaults to empty. */
export class OfflineRecords {
  @IsOptional()
  @IsRows()
  @Type(() => OfflineOrganization)
  organizations?: OfflineOrganization[];

  @IsOptional()
  @IsRows()
  @Type(() => OfflineTeam)
  teams?: OfflineTeam[];

  @IsOptional()
  @IsRows()
  @Type(() => OfflineUser)
  users?: OfflineUser[];

  @IsOptional()
  @IsRows()
  @Type(() => OfflineEndUser)
  end_users?: OfflineEndUser[];

  @IsOptional()
  @IsRows()
  @Type(() => OfflineMembership)
  memberships?: OfflineMembership[];

  @IsOptional()
  @IsRows()
  @Type(() => OfflineKey)
  keys?: OfflineKey[];

  @IsOptional()
  @IsRows()
  @Type(() => OfflineKeyMapping)
  key_mappings?: OfflineKeyMapping[];
}

function IsRows(): PropertyDecorator {
  return (target, name) => {
    for (const decorate of [IsArray(), ArrayMaxSize(MAX_ROWS), ValidateNested({ each: true })]) {
      decorate(target, name);
    }
  };
}
