import type { SettingPath } from '../schema/setting-path.js';
import type { IntrospectionSettings } from '../model/access-settings.js';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { IntrospectionValue } from '../schema/opaque-tokens.config.js';
import { refusePlainHttp } from './plain-http.js';
import type { Sources } from './sources.js';

const ENDPOINT_VARIABLE = 'OAUTH_TOKEN_INFO_ENDPOINT';
const OWN_PATH = 'gatehouse.introspection' satisfies SettingPath;
const OVERRIDES_PATH = `general_settings.litellm_jwtauth.routing_overrides`;

/**
 * How tokens are introspected: the `OAUTH_*` variables over `gatehouse.introspection`; `null` where neither
 * `enable_oauth2_auth` nor `routing_overrides` asks for it.
 * @param sources the file and the environment
 */
export function introspectionOf(sources: Sources): IntrospectionSettings | null {
  const { root, overrides, findings } = sources;
  const own = root.gatehouse.introspection;
  const fromVariable = overrides.variable(ENDPOINT_VARIABLE);
  const endpoint = fromVariable ?? own.endpoint;
  const path = fromVariable === null ? `${OWN_PATH}.endpoint` : ENDPOINT_VARIABLE;
  const place = new ConfigPath(path, findings);
  evaluateClient(own, sources);
  if (endpoint === null) {
    evaluateMissingEndpoint(sources);
    return null;
  }
  refusePlainHttp([endpoint], root.gatehouse.jwt.jwks.allow_http, place);
  if (askedBy(sources) === null) {
    place.warn(
      `has no effect: neither general_settings.enable_oauth2_auth nor ${OVERRIDES_PATH} is set`,
    );
    return null;
  }
  return {
    endpoint,
    isForOpaqueTokens: root.general_settings.enable_oauth2_auth,
    ...membersOf(own, sources),
    clientId: own.client_id,
    clientSecret: own.client_secret,
    cacheSeconds: own.cache_seconds,
  };
}

function membersOf(
  own: IntrospectionValue,
  { overrides }: Sources,
): Pick<IntrospectionSettings, 'userIdField' | 'userRoleField' | 'teamIdField'> {
  return {
    userIdField: overrides.variable('OAUTH_USER_ID_FIELD_NAME') ?? own.user_id_field,
    userRoleField: overrides.variable('OAUTH_USER_ROLE_FIELD_NAME') ?? own.user_role_field,
    teamIdField: overrides.variable('OAUTH_USER_TEAM_ID_FIELD_NAME') ?? own.team_id_field,
  };
}

/** The key that asks for introspection. */
function askedBy({ root }: Sources): string | null {
  if (root.general_settings.enable_oauth2_auth) return 'general_settings.enable_oauth2_auth';
  const hasOverrides = (root.general_settings.litellm_jwtauth?.routing_overrides ?? []).length > 0;
  return hasOverrides ? OVERRIDES_PATH : null;
}

function evaluateMissingEndpoint(sources: Sources): void {
  const path = askedBy(sources);
  const { problems } = sources.findings;
  const isEvaluated = problems.some(
    (problem) => problem.path === ENDPOINT_VARIABLE || problem.path === `${OWN_PATH}.endpoint`,
  );
  if (path !== null && !isEvaluated)
    new ConfigPath(path, sources.findings).refuse(
      'needs an introspection endpoint, and none is named',
      `Set ${ENDPOINT_VARIABLE}, or ${OWN_PATH}.endpoint.`,
    );
}

function evaluateClient(
  { client_id: clientId, client_secret: clientSecret }: IntrospectionValue,
  { findings }: Sources,
): void {
  if ((clientId === null) !== (clientSecret === null))
    new ConfigPath(OWN_PATH, findings).refuse(
      'has one of client_id and client_secret without the other',
      'Write both, or neither to send the presented token as bearer.',
    );
}
