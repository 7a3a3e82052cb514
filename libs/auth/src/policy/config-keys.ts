const JWT_AUTH = 'general_settings.litellm_jwtauth';

/** Paths of the settings that authorisation follows, as they are named in traces. */
export const CONFIG_KEYS = {
  adminScope: `${JWT_AUTH}.admin_jwt_scope`,
  adminRoutes: `${JWT_AUTH}.admin_allowed_routes`,
  teamRoutes: `${JWT_AUTH}.team_allowed_routes`,
  emailDomain: `${JWT_AUTH}.user_allowed_email_domain`,
  verifiedEmail: 'gatehouse.jwt.require_verified_email',
  scopeAccess: `${JWT_AUTH}.enforce_scope_based_access`,
  adminIssuers: 'gatehouse.admin_issuers',
  masterKey: 'general_settings.master_key',
  teamId: `${JWT_AUTH}.team_id_jwt_field`,
  teamUpsert: `${JWT_AUTH}.team_id_upsert`,
  userUpsert: `${JWT_AUTH}.user_id_upsert`,
  userId: `${JWT_AUTH}.user_id_jwt_field`,
  orgId: `${JWT_AUTH}.org_id_jwt_field`,
  endUserId: `${JWT_AUTH}.end_user_id_jwt_field`,
  addUserToTeam: 'gatehouse.jwt.add_user_to_team',
} as const;
