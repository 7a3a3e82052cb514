import type { AccessContext } from '#libs/access';
import { formatUsd } from '#libs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { BudgetStanding, RateStanding, Standing } from '../admission/standing.js';

/** A budget that calls of a caller count against. */
class BudgetStandingResponse {
  @ApiProperty({ type: String, description: 'As `error.budget.scope` of a refusal.' })
  scope!: string;

  @ApiProperty({ type: String })
  scope_id!: string;

  @ApiProperty({ type: String, nullable: true })
  budget_duration!: string | null;

  @ApiProperty({ type: String, description: 'US dollars, exactly.' })
  budget_usd!: string;

  @ApiProperty({ type: String, description: 'Spent in the present window.' })
  spent_usd!: string;

  @ApiProperty({
    type: String,
    description: 'Held by calls that run, of the replica that answers.',
  })
  held_usd!: string;

  @ApiProperty({
    type: String,
    description: 'Set aside by other replicas, for calls that run there or are to come.',
  })
  set_aside_usd!: string;

  @ApiProperty({ type: String, description: 'What none of these has of `budget_usd`.' })
  remaining_usd!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  window_start!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  reset_at!: string | null;
}

/** A rate limit that calls of a caller count against. */
class RateStandingResponse {
  @ApiProperty({ type: String })
  scope!: string;

  @ApiProperty({ type: String })
  scope_id!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Of a limit per model.' })
  model!: string | null;

  @ApiProperty({ type: String, enum: ['requests', 'tokens', 'max_parallel_requests'] })
  type!: RateStanding['type'];

  @ApiProperty({ type: Number, description: 'Per minute, or at the same time.' })
  limit!: number;

  @ApiProperty({ type: Number })
  remaining!: number;

  @ApiProperty({
    type: Number,
    description: 'Seconds until all of the limit can be taken again, if no call comes meanwhile.',
  })
  reset_seconds!: number;
}

/** Who a caller is, and every limit that its calls have to keep. */
export class CallerStandingResponse {
  @ApiProperty({ type: String, nullable: true })
  issuer!: string | null;

  @ApiProperty({ type: String, nullable: true })
  subject!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  team_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  organization_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  end_user_id!: string | null;

  @ApiProperty({ type: String })
  role!: string;

  @ApiProperty({ type: [BudgetStandingResponse] })
  budgets!: BudgetStandingResponse[];

  @ApiProperty({ type: [RateStandingResponse] })
  rate_limits!: RateStandingResponse[];
}

/** Returns who a caller is, and its limits. */
export function toCallerStanding(
  { attribution, role }: AccessContext,
  { budgets, rates }: Pick<Standing, 'budgets' | 'rates'>,
): CallerStandingResponse {
  return {
    issuer: attribution.issuer,
    subject: attribution.subject,
    user_id: attribution.userId,
    team_id: attribution.teamId,
    organization_id: attribution.orgId,
    end_user_id: attribution.endUserId,
    role,
    budgets: budgets.map(toBudgetStanding),
    rate_limits: rates.map(({ scope, id, model, type, limit, remaining, resetMs }) => ({
      ...{ scope, scope_id: id, model, type, limit, remaining },
      reset_seconds: Math.ceil(resetMs / 1_000),
    })),
  };
}

function toBudgetStanding(budget: BudgetStanding): BudgetStandingResponse {
  const { scope, id, duration, capPico, startMs, endMs } = budget;
  return {
    scope,
    scope_id: id,
    budget_duration: duration,
    budget_usd: formatUsd(capPico),
    spent_usd: formatUsd(budget.spentPico),
    held_usd: formatUsd(budget.heldPico),
    set_aside_usd: formatUsd(budget.setAsidePico),
    remaining_usd: formatUsd(budget.remainingPico),
    window_start: instantOf(startMs),
    reset_at: instantOf(endMs),
  };
}

function instantOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
