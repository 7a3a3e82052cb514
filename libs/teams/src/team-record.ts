import type { TeamEntity } from './team.entity.js';

/** What a decision needs to know of a team. Frozen. */
export interface TeamSnapshot {
  readonly teamId: string;
  readonly alias: string | null;
  readonly organizationId: string | null;
  /** Empty is every model. */
  readonly models: readonly string[];
  readonly blocked: boolean;
}

/** What an administrator may say about a team. */
export interface TeamValues {
  readonly alias: string | null;
  readonly organizationId: string | null;
  readonly models: string[];
  readonly metadata: object;
  readonly blocked: boolean;
}

/** A team about which nothing is said. */
export const NO_TEAM_VALUES: TeamValues = {
  alias: null,
  organizationId: null,
  models: [],
  metadata: {},
  blocked: false,
};

/**
 * The snapshot of a row.
 * @param row the team
 */
export function teamSnapshotOf(row: TeamEntity): TeamSnapshot {
  return {
    teamId: row.teamId,
    alias: row.alias,
    organizationId: row.organizationId,
    models: [...row.models],
    blocked: row.blocked,
  };
}

/**
 * The form in which a team stands in the audit trail.
 * @param row the team
 */
export function teamRecordOf(row: TeamEntity): object {
  return {
    team_id: row.teamId,
    team_alias: row.alias,
    organization_id: row.organizationId,
    models: row.models,
    metadata: row.metadata,
    blocked: row.blocked,
  };
}
