import type { OrganizationEntity } from './organization.entity.js';

/** What a decision needs to know of an organisation. Frozen. */
export interface OrganizationSnapshot {
  readonly organizationId: string;
  readonly alias: string;
  /** Empty is every model. */
  readonly models: readonly string[];
}

/** What an administrator may say about an organisation. */
export interface OrganizationValues {
  readonly alias: string;
  readonly models: string[];
  readonly metadata: object;
}

/** The snapshot of a row. */
export function organizationSnapshotOf(row: OrganizationEntity): OrganizationSnapshot {
  return { organizationId: row.organizationId, alias: row.alias, models: [...row.models] };
}
