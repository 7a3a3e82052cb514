import { ApiProperty } from '@nestjs/swagger';
import { NotEnforced } from './request-member.decorator.js';

/**
 * Limits and budgets that LiteLLM has for keys, teams, users and organisations alike, by their wire names. A limit that is
 * enforced one day becomes a member of {@link LimitsRequest} and leaves this list.
 */
export const LIMITS_NOT_ENFORCED = [
  'max_budget',
  'soft_budget',
  'budget_duration',
  'budget_limits',
  'budget_id',
  'model_max_budget',
  'max_parallel_requests',
  'tpm_limit',
  'rpm_limit',
  'model_tpm_limit',
  'model_rpm_limit',
] as const;

/** The limits and budgets that a request may state about a key, a team, a user or an organisation. */
@NotEnforced(LIMITS_NOT_ENFORCED)
export abstract class LimitsRequest {}

/** The limits and budgets of a key, a team or a user. `null` until this version enforces them. */
export abstract class LimitsResponse {
  @ApiProperty({ type: Number, nullable: true })
  tpm_limit!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  rpm_limit!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  max_parallel_requests!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  max_budget!: number | null;

  @ApiProperty({ type: String, nullable: true })
  budget_duration!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  budget_reset_at!: string | null;
}

/** The limits of everything until one is enforced. */
export const NO_LIMITS: Readonly<LimitsResponse> = {
  tpm_limit: null,
  rpm_limit: null,
  max_parallel_requests: null,
  max_budget: null,
  budget_duration: null,
  budget_reset_at: null,
};
