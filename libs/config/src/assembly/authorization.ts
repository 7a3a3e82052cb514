import { JWT_AUTH_KEYS as KEYS } from '../names/litellm-jwt-names.js';
import { Place, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import { PATHS } from '../names/litellm-names.js';
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
    enforceRole: jwtAuth.enforceRole,
    enforceIdentity: general.enforceIdentity,
    userAllowedRoles: jwtAuth.userAllowedRoles,
    roleMappings: jwtAuth.roleMappings,
    rolePermissions: general.rolePermissions,
  };
}

/**
 * `scope_mappings`, where they are to be enforced and there are any; `null` elsewhere.
 * @param jwtAuth `litellm_jwtauth`
 */
export function scopeMappingsOf(jwtAuth: JwtAuthValue): readonly ScopeMapping[] | null {
  const { enforceScopes, scopeMappings } = jwtAuth;
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
  const section = new Place(PATHS.jwtAuth, findings);
  evaluateUserRoles(jwtAuth, section);
  evaluateRoleMappings(jwtAuth, section);
  evaluateScopes(jwtAuth, section);
  evaluateRolePermissions(general, jwtAuth, findings);
}

function evaluateUserRoles(jwtAuth: JwtAuthValue, section: Place): void {
  const { userRolesField, userAllowedRoles, enforceRole } = jwtAuth;
  if (userRolesField !== null && userAllowedRoles === null)
    section
      .at(KEYS.userRolesField)
      .refuse(`stands without ${KEYS.userAllowedRoles}`, 'Write both, or neither.');
  if (userRolesField === null && userAllowedRoles !== null)
    section
      .at(KEYS.userAllowedRoles)
      .refuse(`stands without ${KEYS.userRolesField}`, 'Write both, or neither.');
  if (userAllowedRoles !== null && !enforceRole)
    section
      .at(KEYS.userAllowedRoles)
      .warn(`restricts no caller, because ${KEYS.enforceRole} is not true`);
}

function evaluateRoleMappings(jwtAuth: JwtAuthValue, section: Place): void {
  const { roleMappings, rolesField, objectIdField, enforceRole } = jwtAuth;
  const hasMappings = roleMappings.length > 0;
  if (objectIdField !== null && !hasMappings)
    section
      .at(KEYS.objectIdField)
      .refuse(
        `stands without ${KEYS.roleMappings}`,
        `Write ${KEYS.roleMappings}: they say whether the id is that of a team or of a user.`,
      );
  const mappings = section.at(KEYS.roleMappings);
  if (hasMappings && rolesField === null)
    mappings.warn(`maps no role, because ${KEYS.rolesField} names no claim`);
  else if (hasMappings && objectIdField === null && !enforceRole)
    mappings.warn(`has no effect, because ${KEYS.enforceRole} is not true`);
}

function evaluateScopes({ scopeMappings, enforceScopes }: JwtAuthValue, section: Place): void {
  if (scopeMappings.length > 0 && !enforceScopes)
    section
      .at(KEYS.scopeMappings)
      .refuse(
        `stands without ${KEYS.enforceScopes}: true`,
        `Add ${KEYS.enforceScopes}: true, or remove the mappings.`,
      );
  if (scopeMappings.length === 0 && enforceScopes)
    section
      .at(KEYS.enforceScopes)
      .warn(`restricts no caller, because ${KEYS.scopeMappings} is empty`);
  const isSilent = scopeMappings.some(({ models, routes }) => models === null && routes === null);
  if (isSilent)
    section
      .at(KEYS.scopeMappings)
      .warn('has an entry without models and routes, which opens nothing');
}

function evaluateRolePermissions(
  { rolePermissions }: GeneralValue,
  { enforceRole }: JwtAuthValue,
  findings: ConfigDiagnostics,
): void {
  const place = new Place(PATHS.rolePermissions, findings);
  if (rolePermissions.length > 0 && !enforceRole)
    place.warn(`restricts no caller, because ${PATHS.jwtAuth}.${KEYS.enforceRole} is not true`);
  const roles = rolePermissions.map(({ role }) => role);
  if (new Set(roles).size < roles.length)
    place.warn('has several entries of one role, of which the first alone counts');
}
