import { settingPlace } from '../schema/setting-path.js';
import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { GeneralValue } from '../schema/general.config.js';
import type { JwtAuthValue } from '../schema/jwt-auth.config.js';

/**
 * Tells whether `general_settings` has the syntax of the first JWT-auth guide, in which `allowed_routes` are the routes
 * of tokens without administrator rights (docs/reference/configuration.md, "Legacy syntax").
 * @param general `general_settings`
 */
export function isFirstGuideForm({
  enable_jwt_auth: isJwtAuthEnabled,
  litellm_jwtauth: jwtAuth,
}: GeneralValue): boolean {
  return isJwtAuthEnabled && jwtAuth === null;
}

/**
 * The administrators' scope: `admin_jwt_scope`, else by its first name in `litellm_proxy_roles`.
 * @param general `general_settings`
 * @param jwtAuth `litellm_jwtauth`
 */
export function adminScopeOf(
  { litellm_proxy_roles: proxyRoles, litellm_jwtauth: given }: GeneralValue,
  jwtAuth: JwtAuthValue,
  findings: ConfigDiagnostics,
): string {
  if (proxyRoles === null) return jwtAuth.admin_jwt_scope;
  const place = settingPlace('general_settings.litellm_proxy_roles', findings);
  if (given !== null)
    place.refuse(
      'stands beside litellm_jwtauth, which is its present form',
      'Write its proxy_admin as litellm_jwtauth.admin_jwt_scope, and remove it.',
    );
  const { proxy_admin: admin, admin_jwt_scope: adminScope } = proxyRoles;
  if (admin !== null && adminScope !== null && admin !== adminScope)
    place.refuse(
      `has both proxy_admin and admin_jwt_scope, with different scopes`,
      'Keep one of them.',
    );
  return adminScope ?? admin ?? jwtAuth.admin_jwt_scope;
}
