import type { ClaimField, ClaimFields } from '../model/jwt-settings.js';
import type { JwtAuthValue } from '../schema/jwt-auth.config.js';

/**
 * The fields that hold for tokens of every issuer that has none of its own.
 * @param jwtAuth `litellm_jwtauth`
 * @param scope `gatehouse.jwt.scope_field`
 */
export function claimFieldsOf(jwtAuth: JwtAuthValue, scope: ClaimField): ClaimFields {
  const { team_id_jwt_field: teamIdField } = jwtAuth;
  return {
    userId: jwtAuth.user_id_jwt_field,
    userEmail: jwtAuth.user_email_jwt_field,
    teamId: teamIdField === 'none' ? null : teamIdField,
    isTeamSoft: teamIdField === null,
    isTeamOptional: false,
    teamIds: jwtAuth.team_ids_jwt_field,
    teamAlias: jwtAuth.team_alias_jwt_field,
    orgId: jwtAuth.org_id_jwt_field,
    orgAlias: jwtAuth.org_alias_jwt_field,
    endUserId: jwtAuth.end_user_id_jwt_field,
    userRoles: jwtAuth.user_roles_jwt_field,
    roles: jwtAuth.roles_jwt_field,
    objectId: jwtAuth.object_id_jwt_field,
    agentId: jwtAuth.agent_id_jwt_field,
    virtualKey: jwtAuth.virtual_key_claim_field ?? jwtAuth.jwt_client_id_field,
    scope,
    userRole: null,
  };
}
