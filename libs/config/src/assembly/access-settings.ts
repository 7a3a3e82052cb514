import { settingPlace } from '../schema/setting-path.js';
import { mayUseRoute, requestedRoute, ROUTE_GROUPS } from '#libs/access';
import type { AccessSettings, PolicySettings, UserInfoSettings } from '../model/access-settings.js';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { GeneralValue } from '../schema/general.config.js';
import { JWT_AUTH_SECTION } from '../schema/jwt-auth.config.js';
import { isFirstGuideForm } from './legacy-proxy-roles.js';
import { introspectionOf } from './introspection.js';
import { refusePlainHttp } from './plain-http.js';
import type { Sources } from './sources.js';

const POLICIES = 'gatehouse.policies';

/**
 * Returns the settings for every kind of credential.
 * @param sources the file and the environment
 */
export function accessSettingsOf(sources: Sources): AccessSettings {
  const { general_settings: general, gatehouse } = sources.root;
  evaluatePublicRoutes(general.public_routes, sources.findings);
  evaluatePolicies(gatehouse.policies, sources.findings);
  return {
    publicRoutes: general.public_routes,
    adminOnlyRoutes: general.admin_only_routes,
    allowedRoutes: isFirstGuideForm(general) ? null : general.allowed_routes,
    requireUserParam: general.enforce_user_param,
    rejectClientTags: general.reject_clientside_metadata_tags,
    endUserHeaders: endUserHeadersOf(general, sources.findings),
    keyHeaderName: general.litellm_key_header_name,
    userInfo: userInfoOf(sources),
    introspection: introspectionOf(sources),
    policies: gatehouse.policies,
    publicUrl: gatehouse.public_url,
  };
}

/** A value of these headers is stored, so the header of the credential may not be among them. */
function endUserHeadersOf(
  { user_header_name: only, user_header_mappings: mappings, ...general }: GeneralValue,
  findings: ConfigDiagnostics,
): readonly string[] {
  const place = settingPlace('general_settings', findings);
  const names: string[] = [];
  for (const [index, { header_name: name, litellm_user_role: role }] of mappings.entries()) {
    const entry = place.at('user_header_mappings').item(index);
    if (role === 'customer') names.push(name);
    else entry.at('litellm_user_role').warn('has no effect: users come from tokens and keys');
  }
  if (only !== null) names.push(only);
  if (names.some((name) => name === general.litellm_key_header_name))
    place
      .at('litellm_key_header_name')
      .refuse('is also a header of end users, whose value is stored', 'Use two headers.');
  return [...new Set(names)];
}

function userInfoOf({ root, findings }: Sources): UserInfoSettings | null {
  const {
    oidc_userinfo_enabled: isUserInfoEnabled,
    oidc_userinfo_endpoint: userInfoEndpoint,
    oidc_userinfo_cache_ttl: userInfoCacheSeconds,
  } = root.general_settings.litellm_jwtauth ?? JWT_AUTH_SECTION.parse(undefined);
  const section = settingPlace('general_settings.litellm_jwtauth', findings);
  const endpoint = section.at('oidc_userinfo_endpoint');
  if (userInfoEndpoint !== null)
    refusePlainHttp([userInfoEndpoint], root.gatehouse.jwt.jwks.allow_http, endpoint);
  if (!isUserInfoEnabled) {
    if (userInfoEndpoint !== null)
      endpoint.warn(`has no effect, because oidc_userinfo_enabled is not true`);
    return null;
  }
  if (!root.general_settings.enable_jwt_auth) {
    section
      .at('oidc_userinfo_enabled')
      .warn(`has no effect, because general_settings.enable_jwt_auth is not true`);
    return null;
  }
  if (userInfoEndpoint !== null)
    return { endpoint: userInfoEndpoint, cacheSeconds: userInfoCacheSeconds };
  if (!findings.problems.some(({ path }) => path === endpoint.path))
    endpoint.refuse(
      `is missing, but oidc_userinfo_enabled is true`,
      'Write the address, as userinfo_endpoint of the provider’s discovery document has it.',
    );
  return null;
}

/** Every caller may use these routes, so a wildcard that opens more than meant must be reported. */
function evaluatePublicRoutes(routes: readonly string[], findings: ConfigDiagnostics): void {
  const place = settingPlace('general_settings.public_routes', findings);
  if (routes.includes('*')) {
    place.refuse('opens every route to everybody', 'Name the routes.');
    return;
  }
  for (const [group, what] of [
    ['llm_api_routes', 'calls of models'],
    ['management_routes', 'administration'],
  ] as const)
    if (ROUTE_GROUPS[group].some((path) => isCovered(routes, path)))
      place.warn(`names routes of ${what}: they are opened to everybody who reaches the gateway`);
}

function isCovered(routes: readonly string[], path: string): boolean {
  const [, method, target] = /^(?:([A-Z]+) )?(\/.*)$/.exec(path) ?? [];
  const route = requestedRoute(method ?? 'POST', (target ?? '').replaceAll(/[{}*:]/g, ''));
  return route !== null && mayUseRoute(routes, route);
}

function evaluatePolicies(policies: readonly PolicySettings[], findings: ConfigDiagnostics): void {
  const names = new Set<string>();
  for (const [index, { name, effect, reason }] of policies.entries()) {
    const place = new ConfigPath(POLICIES, findings).item(index);
    if (names.has(name))
      place.at('name').refuse('is the name of another policy', 'Choose another name.');
    names.add(name);
    if (effect === 'allow' && reason !== null)
      place.at('reason').warn('is never shown, because the policy refuses nothing');
  }
}
