import { Place, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import { PROXY_ROLE_KEYS } from '../names/litellm-jwt-names.js';
import { PATHS } from '../names/litellm-names.js';
import type { GeneralValue } from '../schema/general.config.js';
import type { JwtAuthValue } from '../schema/jwt-auth.config.js';

/**
 * Tells whether `general_settings` has the syntax of the first JWT-auth guide, in which `allowed_routes` are the routes
 * of tokens without administrator rights (docs/reference/configuration.md, "Legacy syntax").
 * @param general `general_settings`
 */
export function isFirstGuideForm({ isJwtAuthEnabled, jwtAuth }: GeneralValue): boolean {
  return isJwtAuthEnabled && jwtAuth === null;
}

/**
 * The administrators' scope: `admin_jwt_scope`, else by its first name in `litellm_proxy_roles`.
 * @param general `general_settings`
 * @param jwtAuth `litellm_jwtauth`
 */
export function adminScopeOf(
  { proxyRoles, jwtAuth: given }: GeneralValue,
  jwtAuth: JwtAuthValue,
  findings: ConfigDiagnostics,
): string {
  if (proxyRoles === null) return jwtAuth.adminScope;
  const place = new Place(PATHS.proxyRoles, findings);
  if (given !== null)
    place.refuse(
      'stands beside litellm_jwtauth, which is its present form',
      'Write its proxy_admin as litellm_jwtauth.admin_jwt_scope, and remove it.',
    );
  const { admin, adminScope } = proxyRoles;
  if (admin !== null && adminScope !== null && admin !== adminScope)
    place.refuse(
      `has both ${PROXY_ROLE_KEYS.admin} and ${PROXY_ROLE_KEYS.adminScope}, with different scopes`,
      'Keep one of them.',
    );
  return adminScope ?? admin ?? jwtAuth.adminScope;
}
