import type { ClaimField, ClaimFields } from '../model/jwt-settings.js';
import type { JwtAuthValue } from '../schema/jwt-auth.config.js';

/**
 * The fields that hold for tokens of every issuer that has none of its own.
 * @param jwtAuth `litellm_jwtauth`
 * @param scope `gatehouse.jwt.scope_field`
 */
export function claimFieldsOf(jwtAuth: JwtAuthValue, scope: ClaimField): ClaimFields {
  const { teamIdField } = jwtAuth;
  return {
    userId: jwtAuth.userIdField,
    userEmail: jwtAuth.userEmailField,
    teamId: teamIdField === 'none' ? null : teamIdField,
    isTeamSoft: teamIdField === null,
    isTeamOptional: false,
    teamIds: jwtAuth.teamIdsField,
    teamAlias: jwtAuth.teamAliasField,
    orgId: jwtAuth.orgIdField,
    orgAlias: jwtAuth.orgAliasField,
    endUserId: jwtAuth.endUserIdField,
    userRoles: jwtAuth.userRolesField,
    roles: jwtAuth.rolesField,
    objectId: jwtAuth.objectIdField,
    agentId: jwtAuth.agentIdField,
    virtualKey: jwtAuth.virtualKeyField ?? jwtAuth.formerVirtualKeyField,
    scope,
    userRole: null,
  };
}
