import { ApiProperty } from '@nestjs/swagger';
import { GUARD_NAMES, type GuardName, type StepOutcome } from '#libs/access';
import { ERROR_CODES } from '#libs/common';
import type {
  DecisionRecord,
  RecordedPrincipal,
  RecordedBudget,
} from '../decisions/decision-record.js';

/** Who a decision was about. */
export class DecisionPrincipalResponse implements RecordedPrincipal {
  @ApiProperty({ enum: ['master_key', 'jwt', 'userinfo', 'introspection', 'virtual_key'] })
  kind!: RecordedPrincipal['kind'];

  @ApiProperty({ type: String, nullable: true })
  issuer!: string | null;

  @ApiProperty({ type: String, nullable: true })
  subject!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  team_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  org_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  end_user_id!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Agent that the token names. Not looked up anywhere.',
  })
  agent_id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'SHA-256 of the virtual key.' })
  key_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  role!: string | null;
}

/** Why one team was or was not chosen. */
export class TeamCandidateResponse {
  @ApiProperty({ type: String })
  team_id!: string;

  @ApiProperty({ type: Boolean })
  chosen!: boolean;

  @ApiProperty({ type: String })
  reason!: string;
}

/** The remaining amount of one budget that a call counts against. */
export class RemainingBudgetResponse implements RecordedBudget {
  @ApiProperty({ type: String })
  scope!: RecordedBudget['scope'];

  @ApiProperty({ type: String })
  id!: string;

  @ApiProperty({ type: String, description: 'US dollars, exact decimal.' })
  remaining_usd!: string;
}

/** What one guard concluded. */
export class DecisionStepResponse {
  @ApiProperty({ enum: GUARD_NAMES })
  guard!: GuardName;

  @ApiProperty({ enum: ['passed', 'refused', 'skipped'] })
  outcome!: StepOutcome;

  @ApiProperty({ type: String })
  detail!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Setting that made it so.' })
  config_key!: string | null;
}

/** One decision, asked about beforehand or looked up afterwards. */
export class DecisionResponse implements DecisionRecord {
  @ApiProperty({ type: String })
  decision_id!: string;

  @ApiProperty({ type: Boolean, description: 'What the guards concluded.' })
  allowed!: boolean;

  @ApiProperty({ type: Number, description: 'HTTP status of the answer.' })
  status!: number;

  @ApiProperty({ enum: Object.keys(ERROR_CODES), nullable: true })
  reason!: string | null;

  @ApiProperty({ type: DecisionPrincipalResponse, nullable: true })
  principal!: DecisionPrincipalResponse | null;

  @ApiProperty({ type: [TeamCandidateResponse] })
  team_candidates!: readonly TeamCandidateResponse[];

  @ApiProperty({ type: [DecisionStepResponse] })
  steps!: readonly DecisionStepResponse[];

  @ApiProperty({ type: [String], description: 'Configured models that the caller may use.' })
  allowed_models!: readonly string[];

  @ApiProperty({ type: [String], description: 'Names of groups, paths and patterns.' })
  allowed_routes!: readonly string[];

  @ApiProperty({
    type: [RemainingBudgetResponse],
    description: 'Budgets that the call counts against. Always empty: this version enforces none.',
  })
  remaining_budgets!: readonly RemainingBudgetResponse[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The smallest change that would allow the call; null where there is none.',
  })
  remedy!: string | null;
}
