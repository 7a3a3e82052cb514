import type { OrganizationEntity } from './organization.entity.js';

/** The facts of an organisation that decisions need. Frozen. */
export interface OrganizationSnapshot {
  readonly organizationId: string;
  readonly alias: string;
  /** Empty is every model. */
  readonly models: readonly string[];
}

/** The values of an organisation that an administrator may set. */
export interface OrganizationValues {
  readonly alias: string;
  readonly models: string[];
  readonly metadata: object;
}

/** The snapshot of a row. */
export function organizationSnapshotOf(row: OrganizationEntity): OrganizationSnapshot {
  return { organizationId: row.organizationId, alias: row.alias, models: [...row.models] };
}
