import { deepFreeze, isIdentityText } from '#libs/common';
import type { ClaimField, ClaimFields, IntrospectionSettings } from '#libs/config';
import { readField } from '../claims/claim-field.js';
import { soleMember } from '../claims/single-claim.js';
import { providerProblem } from '../failures/provider-error.js';
import { withoutReserved } from '../matching/reserved-claims.js';
import type { TokenStatus } from './token-status.js';
import type { EndpointResponse, EndpointRequest } from '../provider/provider-client.js';

/** The setting that switches introspection of opaque tokens on. */
export const INTROSPECTION_KEY = 'general_settings.enable_oauth2_auth';

/**
 * Without client credentials the endpoint receives the token as bearer, and refuses it by status.
 */
const REFUSING_STATUSES = [400, 401, 403];

/**
 * Returns the request that asks whether a token is active: with client credentials the request of
 * RFC 7662 section 2.1, without them the token as bearer, as in LiteLLM.
 */
export function introspectionRequest(
  token: string,
  { clientId, clientSecret }: IntrospectionSettings,
): EndpointRequest {
  if (clientId === null || clientSecret === null) {
    return { method: 'GET', headers: { authorization: `Bearer ${token}` }, form: null };
  }
  const pair = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
  return {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
    form: new URLSearchParams({ token, token_type_hint: 'access_token' }),
  };
}

/**
 * Returns the status of the token according to a response to {@link introspectionRequest}. RFC
 * 7662: only status 200 with `active` is valid; every other response is a failure of the provider
 * or of the client credentials. As bearer: 400, 401 and 403 refuse the token, and `active` may be
 * absent. The response must identify a user, a subject or a client, which can be blocked or
 * revoked.
 * @param settings as in the request
 * @throws GatehouseError `auth_provider_unavailable`
 */
export function concludeIntrospection(
  answer: EndpointResponse,
  settings: IntrospectionSettings,
): TokenStatus {
  const { status, members } = answer;
  const isBearer = settings.clientId === null || settings.clientSecret === null;
  if (isBearer && REFUSING_STATUSES.includes(status)) {
    return refused('the introspection endpoint refuses the token');
  }
  if (members === null) throw providerProblem(`it answered with status ${String(status)}`);
  const { active } = members;
  if (active === false) return refused('the token is not active');
  if (active !== true && (active !== undefined || !isBearer)) {
    throw providerProblem('its answer does not say whether it is active');
  }
  if (!hasIdentity(members, settings)) {
    return refused('the introspection response has no subject, client or user id');
  }
  return { kind: 'active', members: deepFreeze(withoutReserved(members)) };
}

/**
 * Returns the members of a response by field: those of the `OAUTH_USER_…_FIELD_NAME` variables
 * replace the fields of tokens.
 * @param fields the fields of tokens
 */
export function introspectionFields(
  settings: IntrospectionSettings,
  fields: ClaimFields,
): ClaimFields {
  const { userIdField, userRoleField, teamIdField } = settings;
  return {
    ...fields,
    userId: memberField(userIdField),
    ...(userRoleField === null ? {} : { userRole: memberField(userRoleField) }),
    ...(teamIdField === null ? {} : { teamId: memberField(teamIdField), isTeamSoft: false }),
  };
}

/**
 * `username` counts only if `OAUTH_USER_ID_FIELD_NAME` names it; otherwise a caller with it alone
 * could not be blocked.
 */
function hasIdentity(
  members: Readonly<Record<string, unknown>>,
  { userIdField }: IntrospectionSettings,
): boolean {
  const id = soleMember(readField(members, memberField(userIdField)));
  return [id, members['sub'], members['client_id']].some(isIdentityText);
}

/** A name with dots is that member, as in LiteLLM, else a path to one. */
function memberField(name: string): ClaimField {
  const literal = name.replaceAll('.', '\\.');
  const paths = literal === name ? [name] : [literal, name];
  return { paths, split: null, stripPrefix: null, regex: null, lower: false, map: null };
}

/** RFC 6749 section 2.3.1 and appendix B. */
function formEncoded(text: string): string {
  return new URLSearchParams({ _: text }).toString().slice('_='.length);
}

function refused(problem: string): TokenStatus {
  return { kind: 'refused', problem };
}
