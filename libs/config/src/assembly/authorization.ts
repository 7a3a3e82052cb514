import { settingPlace, type SettingPlace } from '../schema/setting-path.js';
import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { RbacSettings, ScopeMapping } from '../model/jwt-settings.js';
import type { GeneralValue } from '../schema/general.config.js';
import type { JwtAuthValue } from '../schema/jwt-auth.config.js';

/**
 * `enforce_rbac` in both of its places and what belongs to it.
 * @param general `general_settings`
 * @param jwtAuth `litellm_jwtauth`
 */
export function rbacOf(general: GeneralValue, jwtAuth: JwtAuthValue): RbacSettings {
  return {
    enforceRole: jwtAuth.enforce_rbac,
    enforceIdentity: general.enforce_rbac,
    userAllowedRoles: jwtAuth.user_allowed_roles,
    roleMappings: jwtAuth.role_mappings.map(({ role, internal_role: internalRole }) => ({
      role,
      internalRole,
    })),
    rolePermissions: general.role_permissions,
  };
}

/**
 * `scope_mappings`, where they are to be enforced and there are any; `null` elsewhere.
 * @param jwtAuth `litellm_jwtauth`
 */
export function scopeMappingsOf(jwtAuth: JwtAuthValue): readonly ScopeMapping[] | null {
  const { enforce_scope_based_access: enforceScopes, scope_mappings: scopeMappings } = jwtAuth;
  return enforceScopes && scopeMappings.length > 0 ? scopeMappings : null;
}

/**
 * Refuses the combinations of these keys that LiteLLM refuses, and warns about keys that restrict no caller.
 * @param general `general_settings`
 * @param jwtAuth `litellm_jwtauth`
 * @param findings collects problems and warnings
 */
export function evaluateAuthorization(
  general: GeneralValue,
  jwtAuth: JwtAuthValue,
  findings: ConfigDiagnostics,
): void {
  const section = settingPlace('general_settings.litellm_jwtauth', findings);
  evaluateUserRoles(jwtAuth, section);
  evaluateRoleMappings(jwtAuth, section);
  evaluateScopes(jwtAuth, section);
  evaluateRolePermissions(general, jwtAuth, findings);
}

function evaluateUserRoles(jwtAuth: JwtAuthValue, section: SettingPlace<JwtAuthValue>): void {
  const {
    user_roles_jwt_field: userRolesField,
    user_allowed_roles: userAllowedRoles,
    enforce_rbac: enforceRole,
  } = jwtAuth;
  if (userRolesField !== null && userAllowedRoles === null)
    section
      .at('user_roles_jwt_field')
      .refuse(`stands without user_allowed_roles`, 'Write both, or neither.');
  if (userRolesField === null && userAllowedRoles !== null)
    section
      .at('user_allowed_roles')
      .refuse(`stands without user_roles_jwt_field`, 'Write both, or neither.');
  if (userAllowedRoles !== null && !enforceRole)
    section.at('user_allowed_roles').warn(`restricts no caller, because enforce_rbac is not true`);
}

function evaluateRoleMappings(jwtAuth: JwtAuthValue, section: SettingPlace<JwtAuthValue>): void {
  const {
    role_mappings: roleMappings,
    roles_jwt_field: rolesField,
    object_id_jwt_field: objectIdField,
    enforce_rbac: enforceRole,
  } = jwtAuth;
  const hasMappings = roleMappings.length > 0;
  if (objectIdField !== null && !hasMappings)
    section
      .at('object_id_jwt_field')
      .refuse(
        `stands without role_mappings`,
        `Write role_mappings: they say whether the id is that of a team or of a user.`,
      );
  const mappings = section.at('role_mappings');
  if (hasMappings && rolesField === null)
    mappings.warn(`maps no role, because roles_jwt_field names no claim`);
  else if (hasMappings && objectIdField === null && !enforceRole)
    mappings.warn(`has no effect, because enforce_rbac is not true`);
}

function evaluateScopes(
  { scope_mappings: scopeMappings, enforce_scope_based_access: enforceScopes }: JwtAuthValue,
  section: SettingPlace<JwtAuthValue>,
): void {
  if (scopeMappings.length > 0 && !enforceScopes)
    section
      .at('scope_mappings')
      .refuse(
        `stands without enforce_scope_based_access: true`,
        `Add enforce_scope_based_access: true, or remove the mappings.`,
      );
  if (scopeMappings.length === 0 && enforceScopes)
    section
      .at('enforce_scope_based_access')
      .warn(`restricts no caller, because scope_mappings is empty`);
  const isSilent = scopeMappings.some(({ models, routes }) => models === null && routes === null);
  if (isSilent)
    section
      .at('scope_mappings')
      .warn('has an entry without models and routes, which opens nothing');
}

function evaluateRolePermissions(
  { role_permissions: rolePermissions }: GeneralValue,
  { enforce_rbac: enforceRole }: JwtAuthValue,
  findings: ConfigDiagnostics,
): void {
  const place = settingPlace('general_settings.role_permissions', findings);
  if (rolePermissions.length > 0 && !enforceRole)
    place.warn(
      `restricts no caller, because general_settings.litellm_jwtauth.enforce_rbac is not true`,
    );
  const roles = rolePermissions.map(({ role }) => role);
  if (new Set(roles).size < roles.length)
    place.warn('has several entries of one role, of which the first alone counts');
}
