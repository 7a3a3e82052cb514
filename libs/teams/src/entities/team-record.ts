import { tagsOfMetadata, type Limits, type ModelAliases } from '#libs/access';
import { initialValuesOf } from '#libs/database';
import { TeamEntity } from './team.entity.js';

/** The facts of a team that decisions need. Frozen. */
export interface TeamSnapshot {
  readonly teamId: string;
  readonly alias: string | null;
  readonly organizationId: string | null;
  /** Empty is every model. */
  readonly models: readonly string[];
  /** Configured pass-through endpoints that its callers may use. */
  readonly passThroughRoutes: readonly string[];
  /** Names that lead its callers to other models; left out for none. */
  readonly modelAliases?: ModelAliases;
  readonly blocked: boolean;
  readonly limits: Limits;
  /** Tags of every request of the team. */
  readonly tags: readonly string[];
}

/** Members of a row that are not said but kept. */
type KeptMember = 'teamId' | 'createdAt' | 'updatedAt';

/** The values of a team that an administrator may set. */
export type TeamValues = Readonly<Omit<TeamEntity, KeptMember>>;

/** The values of a new team for which a request sets none. */
export const NO_TEAM_VALUES = initialValuesOf<TeamValues>(TeamEntity);

/** Filter of teams. Absent members do not restrict. */
export interface TeamQuery {
  readonly teamIds?: readonly string[];
  /** Teams of any of these organisations; `null` asks for teams without one. */
  readonly organizationIds?: readonly string[] | null;
}

/** The snapshot of a row. */
export function teamSnapshotOf(row: TeamEntity): TeamSnapshot {
  return {
    teamId: row.teamId,
    alias: row.alias,
    organizationId: row.organizationId,
    models: [...row.models],
    passThroughRoutes: [...row.passThroughRoutes],
    ...(Object.keys(row.modelAliases).length > 0 && { modelAliases: row.modelAliases }),
    blocked: row.blocked,
    limits: row.limits,
    tags: tagsOfMetadata(row.metadata),
  };
}
