import {
  LimitsResponse,
  toLimits,
  toMetadata,
  USER_ROLES,
  type Plain,
  type ResetTime,
  type UserRole,
} from '#libs/access';
import { ApiProperty } from '@nestjs/swagger';
import { usdNumber, type PicoUsd } from '#libs/common';
import type { UserEntity } from '../entities/user.entity.js';

/** A user's row in LiteLLM's shape. */
export class UserResponse extends LimitsResponse {
  @ApiProperty({ type: String })
  user_id!: string;

  @ApiProperty({ type: String, nullable: true })
  user_email!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_alias!: string | null;

  @ApiProperty({ enum: USER_ROLES, nullable: true })
  user_role!: UserRole | null;

  @ApiProperty({ type: [String], description: 'Ids of the teams of which the user is a member.' })
  teams!: string[];

  @ApiProperty({ type: [String] })
  models!: string[];

  @ApiProperty({ type: 'object', additionalProperties: true })
  metadata!: object;

  @ApiProperty({ type: Boolean })
  blocked!: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Issuer whose tokens may use the account; `null` until the first one does.',
  })
  bound_issuer!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Subject that it was bound with.' })
  bound_subject!: string | null;

  @ApiProperty({ type: Number, description: 'US dollars.' })
  spend!: number;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' } })
  model_spend!: Record<string, number>;

  @ApiProperty({ type: String, nullable: true })
  organization_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  sso_user_id!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  object_permission!: Record<string, unknown> | null;

  @ApiProperty({ type: String, format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time' })
  updated_at!: string;
}

/**
 * The answer about a user.
 * @param teamIds teams of which the user is a member
 * @param spend what was booked to the user
 * @param resetTime when windows of budgets end
 */
export function toUserResponse(
  row: UserEntity,
  teamIds: readonly string[],
  spend: PicoUsd,
  resetTime: ResetTime,
): Plain<UserResponse> {
  return {
    user_id: row.userId,
    user_email: row.email,
    user_alias: row.alias,
    user_role: row.role,
    teams: [...teamIds],
    models: row.models,
    metadata: toMetadata(row.metadata, row.limits),
    blocked: row.blocked,
    bound_issuer: row.boundIssuer,
    bound_subject: row.boundSubject,
    spend: usdNumber(spend),
    model_spend: {},
    ...toLimits(row.limits, resetTime),
    organization_id: null,
    sso_user_id: null,
    object_permission: null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
