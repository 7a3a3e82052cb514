import { MASTER_KEY_USER_ID } from '#libs/access';
import { newEntityId } from '#libs/common';
import { EndUserEntity } from '#libs/end-users';
import { KeyMappingEntity, keyIdOf, VirtualKeyEntity } from '#libs/keys';
import { NO_TEAM_VALUES, TeamEntity, TeamMembershipEntity } from '#libs/teams';
import { OrganizationEntity } from '#libs/orgs';
import { NO_USER_VALUES, UNUSED_ACCOUNT, UserEntity } from '#libs/users';
import type {
  OfflineEndUser,
  OfflineKey,
  OfflineKeyMapping,
  OfflineMembership,
  OfflineOrganization,
  OfflineTeam,
  OfflineUser,
} from './offline-records.js';

/** The row of an organisation. */
export function organizationRow(given: OfflineOrganization): OrganizationEntity {
  return Object.assign(new OrganizationEntity(), {
    organizationId: given.organization_id,
    alias: given.organization_alias ?? given.organization_id,
    models: given.models ?? [],
    metadata: {},
    createdBy: MASTER_KEY_USER_ID,
    updatedBy: MASTER_KEY_USER_ID,
  });
}

/** The row of a team. */
export function teamRow(given: OfflineTeam): TeamEntity {
  return Object.assign(new TeamEntity(), {
    ...NO_TEAM_VALUES,
    teamId: given.team_id,
    alias: given.team_alias ?? null,
    organizationId: given.organization_id ?? null,
    models: given.models ?? [],
    blocked: given.blocked ?? false,
  });
}

/** The row of a user. */
export function userRow(given: OfflineUser): UserEntity {
  return Object.assign(new UserEntity(), {
    ...NO_USER_VALUES,
    ...UNUSED_ACCOUNT,
    userId: given.user_id,
    email: given.user_email ?? null,
    emailVerified: true,
    role: given.user_role ?? null,
    roleSource: 'admin' as const,
    syncedIssuedAt: null,
    models: given.models ?? [],
    blocked: given.blocked ?? false,
    boundIssuer: given.bound_issuer ?? null,
    boundSubject: given.bound_subject ?? null,
  });
}

/** The row of an end user. */
export function endUserRow(given: OfflineEndUser): EndUserEntity {
  return Object.assign(new EndUserEntity(), {
    endUserId: given.user_id,
    alias: null,
    blocked: given.blocked ?? false,
  });
}

/** The row of a membership. */
export function membershipRow(given: OfflineMembership): TeamMembershipEntity {
  return Object.assign(new TeamMembershipEntity(), {
    teamId: given.team_id,
    userId: given.user_id,
    role: 'user' as const,
    source: given.source ?? 'admin',
  });
}

/** The row of a virtual key. */
export function keyRow(given: OfflineKey): VirtualKeyEntity {
  return Object.assign(new VirtualKeyEntity(), {
    keyId: keyIdOf(given.key),
    name: `sk-...${given.key.slice(-4)}`,
    alias: given.key_alias ?? null,
    userId: given.user_id ?? null,
    teamId: given.team_id ?? null,
    organizationId: given.organization_id ?? null,
    models: given.models ?? [],
    allowedRoutes: given.allowed_routes ?? [],
    metadata: {},
    blocked: given.blocked ?? false,
    expiresAt: typeof given.expires === 'string' ? new Date(given.expires) : null,
    predecessors: [],
    firstKeyId: null,
    createdBy: null,
    updatedBy: null,
  });
}

/** The row of a mapping from a claim's value to a virtual key. */
export function keyMappingRow(given: OfflineKeyMapping): KeyMappingEntity {
  return Object.assign(new KeyMappingEntity(), {
    mappingId: newEntityId(),
    claimName: given.jwt_claim_name,
    claimValue: given.jwt_claim_value,
    issuer: given.issuer ?? '',
    keyId: keyIdOf(given.key),
    description: null,
    isActive: true,
    createdBy: null,
    updatedBy: null,
  });
}
