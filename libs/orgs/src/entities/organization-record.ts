import type { Limits } from '#libs/access';
import { initialValuesOf } from '#libs/database';
import { OrganizationEntity } from './organization.entity.js';

/** The facts of an organisation that decisions need. Frozen. */
export interface OrganizationSnapshot {
  readonly organizationId: string;
  readonly alias: string;
  /** Empty is every model. */
  readonly models: readonly string[];
  readonly limits: Limits;
}

/** Members of a row that follow from who wrote it and when. */
type KeptMember = 'organizationId' | 'createdAt' | 'updatedAt' | 'createdBy' | 'updatedBy';

/** The values of an organisation that an administrator may set. */
export type OrganizationValues = Readonly<Omit<OrganizationEntity, KeptMember>>;

/** The values, besides the alias, of a new organisation for which a request sets none. */
export const NO_ORGANIZATION_VALUES =
  initialValuesOf<Omit<OrganizationValues, 'alias'>>(OrganizationEntity);

/** The snapshot of a row. */
export function organizationSnapshotOf(row: OrganizationEntity): OrganizationSnapshot {
  return {
    organizationId: row.organizationId,
    alias: row.alias,
    models: [...row.models],
    limits: row.limits,
  };
}
