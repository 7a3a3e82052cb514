/* The part of litellm-names.ts that is about tokens, apart for its length: litellm_jwtauth and the legacy syntax. */
import { ignoredKeys } from './unsupported-keys.js';

/** `general_settings.litellm_jwtauth`. */
export const JWT_AUTH_KEYS = {
  adminScope: 'admin_jwt_scope',
  adminAllowedRoutes: 'admin_allowed_routes',
  teamAllowedRoutes: 'team_allowed_routes',
  teamIdField: 'team_id_jwt_field',
  teamIdsField: 'team_ids_jwt_field',
  teamAliasField: 'team_alias_jwt_field',
  defaultTeamId: 'team_id_default',
  teamIdUpsert: 'team_id_upsert',
  isTeamRequiredForModels: 'enforce_team_based_model_access',
  claimFallback: 'team_claim_fallback',
  databaseFallback: 'fallback_to_db_teams',
  userIdField: 'user_id_jwt_field',
  userEmailField: 'user_email_jwt_field',
  allowedEmailDomains: 'user_allowed_email_domain',
  userIdUpsert: 'user_id_upsert',
  userRolesField: 'user_roles_jwt_field',
  userAllowedRoles: 'user_allowed_roles',
  rolesField: 'roles_jwt_field',
  roleMappings: 'role_mappings',
  objectIdField: 'object_id_jwt_field',
  enforceRole: 'enforce_rbac',
  scopeMappings: 'scope_mappings',
  enforceScopes: 'enforce_scope_based_access',
  orgIdField: 'org_id_jwt_field',
  orgAliasField: 'org_alias_jwt_field',
  endUserIdField: 'end_user_id_jwt_field',
  agentIdField: 'agent_id_jwt_field',
  roleMap: 'jwt_litellm_role_map',
  syncUser: 'sync_user_role_and_teams',
  publicKeyTtlSeconds: 'public_key_ttl',
  publicKeyStaleTtlSeconds: 'public_key_stale_ttl',
  customValidate: 'custom_validate',
  isUserInfoEnabled: 'oidc_userinfo_enabled',
  userInfoEndpoint: 'oidc_userinfo_endpoint',
  userInfoCacheSeconds: 'oidc_userinfo_cache_ttl',
  virtualKeyField: 'virtual_key_claim_field',
  formerVirtualKeyField: 'jwt_client_id_field',
  whenUnregistered: 'unregistered_jwt_client_behavior',
  routingOverrides: 'routing_overrides',
  issuers: 'issuers',
} as const;

/** One entry of `litellm_jwtauth.role_mappings`. */
export const ROLE_MAPPING_KEYS = { role: 'role', internalRole: 'internal_role' } as const;

/** One entry of `general_settings.role_permissions`. */
export const ROLE_PERMISSION_KEYS = { role: 'role', models: 'models', routes: 'routes' } as const;

/** One entry of `litellm_jwtauth.scope_mappings`. */
export const SCOPE_MAPPING_KEYS = { scope: 'scope', models: 'models', routes: 'routes' } as const;

/** One entry of `litellm_jwtauth.jwt_litellm_role_map`. */
export const ROLE_MAP_KEYS = { jwtRole: 'jwt_role', role: 'litellm_role' } as const;

/** One entry of `litellm_jwtauth.routing_overrides`. */
export const ROUTING_OVERRIDE_KEYS = {
  iss: 'iss',
  clientId: 'client_id',
  scope: 'scope',
  aud: 'aud',
  path: 'path',
} as const;

/** One entry of `litellm_jwtauth.issuers`. */
export const ISSUER_KEYS = {
  issuer: 'issuer',
  keyUrls: 'jwks_url',
  audience: 'audience',
  isAudienceUnchecked: 'disable_audience_validation',
  userIdField: 'user_id_jwt_field',
  userEmailField: 'user_email_jwt_field',
  teamIdField: 'team_id_jwt_field',
  teamIdsField: 'team_ids_jwt_field',
  orgIdField: 'org_id_jwt_field',
  endUserIdField: 'end_user_id_jwt_field',
} as const;

/** `general_settings.litellm_proxy_roles`, of the first JWT-auth guide. */
export const PROXY_ROLE_KEYS = {
  admin: 'proxy_admin',
  adminScope: 'admin_jwt_scope',
} as const;

/** `general_settings.custom_auth_settings`. */
export const CUSTOM_AUTH_KEYS = { mode: 'mode' } as const;

/** `general_settings.jwt_settings`, of the custom-JWT guide. */
export const CUSTOM_JWT_KEYS = {
  issuer: 'issuer',
  publicKeyUrl: 'public_key_url',
  audience: 'audience',
  audienceValidation: 'audience_validation',
  algorithm: 'algorithm',
  clockToleranceSeconds: 'leeway',
  claims: 'user_claim_mappings',
} as const;

/** `jwt_settings.audience_validation`. */
export const AUDIENCE_VALIDATION_KEYS = {
  mode: 'mode',
  audiences: 'audiences',
  patterns: 'domain_patterns',
  domains: 'allowed_domains',
} as const;

/** `jwt_settings.user_claim_mappings`. */
export const USER_CLAIM_KEYS = {
  userId: 'user_id',
  userEmail: 'user_email',
  userRole: 'user_role',
  teamId: 'team_id',
} as const;

/** The function of the custom-JWT guide, which is built in. */
export const CUSTOM_JWT_FUNCTION = 'custom_jwt_auth.jwt_auth';

/** What Python code calls the enumeration of route groups: `LiteLLMRoutes.public_routes`. */
export const ROUTE_GROUP_PREFIX = 'LiteLLMRoutes.';

/** Keys of `litellm_jwtauth` without effect. */
export const JWT_AUTH_IGNORED = ignoredKeys([
  [
    'about logins of a browser; no token of an API call is evaluated by it',
    'upsert_sso_user_to_team',
  ],
  [
    'LiteLLM does not consult it either; use general_settings.public_routes',
    'public_allowed_routes',
  ],
  [
    'mappings are held in memory and every change reaches them at once, so that nothing expires',
    'virtual_key_mapping_cache_ttl',
  ],
]);

/** Keys of `jwt_settings.audience_validation` without effect. */
export const AUDIENCE_VALIDATION_IGNORED = ignoredKeys([
  ['LiteLLM does not read it either; mode decides', 'require_exact_match'],
]);

/** Keys of `litellm_proxy_roles` without effect. */
export const PROXY_ROLES_IGNORED = ignoredKeys([
  ['LiteLLM declared it and never used it', 'proxy_user'],
]);
