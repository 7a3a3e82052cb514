import type { IntrospectionSettings } from '../model/access-settings.js';
import { Place } from '../diagnostics/config-diagnostics.js';
import { JWT_AUTH_KEYS as KEYS } from '../names/litellm-jwt-names.js';
import { PATHS } from '../names/litellm-names.js';
import type { IntrospectionValue } from '../schema/opaque-tokens.config.js';
import { refusePlainHttp } from './plain-http.js';
import type { Sources } from './sources.js';

const ENDPOINT_VARIABLE = 'OAUTH_TOKEN_INFO_ENDPOINT';
const OWN_PATH = 'gatehouse.introspection';
const OVERRIDES_PATH = `${PATHS.jwtAuth}.${KEYS.routingOverrides}`;

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
  const place = new Place(path, findings);
  evaluateClient(own, sources);
  if (endpoint === null) {
    evaluateMissingEndpoint(sources);
    return null;
  }
  refusePlainHttp([endpoint], root.gatehouse.jwt.jwks.allowHttp, place);
  if (askedBy(sources) === null) {
    place.warn(`has no effect: neither ${PATHS.enableOauth2} nor ${OVERRIDES_PATH} is set`);
    return null;
  }
  return {
    endpoint,
    isForOpaqueTokens: root.general.isOauth2Enabled,
    ...membersOf(own, sources),
    clientId: own.clientId,
    clientSecret: own.clientSecret,
    cacheSeconds: own.cacheSeconds,
  };
}

function membersOf(
  own: IntrospectionValue,
  { overrides }: Sources,
): Pick<IntrospectionSettings, 'userIdField' | 'userRoleField' | 'teamIdField'> {
  return {
    userIdField: overrides.variable('OAUTH_USER_ID_FIELD_NAME') ?? own.userIdField,
    userRoleField: overrides.variable('OAUTH_USER_ROLE_FIELD_NAME') ?? own.userRoleField,
    teamIdField: overrides.variable('OAUTH_USER_TEAM_ID_FIELD_NAME') ?? own.teamIdField,
  };
}

/** The key that asks for introspection. */
function askedBy({ root }: Sources): string | null {
  if (root.general.isOauth2Enabled) return PATHS.enableOauth2;
  const hasOverrides = (root.general.jwtAuth?.routingOverrides ?? []).length > 0;
  return hasOverrides ? OVERRIDES_PATH : null;
}

function evaluateMissingEndpoint(sources: Sources): void {
  const path = askedBy(sources);
  const { problems } = sources.findings;
  const isEvaluated = problems.some(
    (problem) => problem.path === ENDPOINT_VARIABLE || problem.path === `${OWN_PATH}.endpoint`,
  );
  if (path !== null && !isEvaluated)
    new Place(path, sources.findings).refuse(
      'needs an introspection endpoint, and none is named',
      `Set ${ENDPOINT_VARIABLE}, or ${OWN_PATH}.endpoint.`,
    );
}

function evaluateClient(
  { clientId, clientSecret }: IntrospectionValue,
  { findings }: Sources,
): void {
  if ((clientId === null) !== (clientSecret === null))
    new Place(OWN_PATH, findings).refuse(
      'has one of client_id and client_secret without the other',
      'Write both, or neither to send the presented token as bearer.',
    );
}
