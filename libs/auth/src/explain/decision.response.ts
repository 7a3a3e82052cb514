import { ApiProperty } from '@nestjs/swagger';
import { GUARD_NAMES, type GuardName, type StepOutcome } from '#libs/access';
import { ERROR_CODES } from '#libs/common';
import type { DecisionRecord, RecordedPrincipal } from './decision-record.js';

/** Who a decision was about. */
export class DecisionPrincipalResponse implements RecordedPrincipal {
  @ApiProperty({ enum: ['master_key', 'jwt'] })
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
}
