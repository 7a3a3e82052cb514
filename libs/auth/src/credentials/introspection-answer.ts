import { deepFreeze, isIdentityText } from '#libs/common';
import type { ClaimField, ClaimFields, IntrospectionSettings } from '#libs/config';
import { readField } from '../claims/claim-field.js';
import { soleMember } from '../claims/single-claim.js';
import { providerProblem } from '../failures/provider-error.js';
import { withoutReserved } from '../matching/reserved-claims.js';
import type { TokenStatus } from './provider-answer-cache.js';
import type { EndpointAnswer, EndpointRequest } from '../provider/provider-client.js';

/** The setting that switches introspection of opaque tokens on. */
export const INTROSPECTION_KEY = 'general_settings.enable_oauth2_auth';

/** Without credentials of our own the endpoint sees a bearer, and tells what it thinks of the token by status. */
const REFUSING_STATUSES = [400, 401, 403];

/**
 * What is sent to learn whether a token is active: with credentials of this gateway the request of RFC 7662
 * section 2.1, without them the token as bearer, as LiteLLM does.
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
 * What an answer to {@link introspectionRequest} means. RFC 7662: a 200 that says `active`, whatever else is wrong is
 * wrong with the provider or with our credentials. As bearer: 400, 401 and 403 refuse the token, and `active` may be
 * missing. The answer must identify a user, a subject or a client, which can be blocked or revoked.
 * @param answer what the endpoint answered
 * @param settings as in the request
 * @throws GatehouseError `auth_provider_unavailable`
 */
export function concludeIntrospection(
  answer: EndpointAnswer,
  settings: IntrospectionSettings,
): TokenStatus {
  const { status, members, bytes } = answer;
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
  return { kind: 'active', members: deepFreeze(withoutReserved(members)), bytes };
}

/**
 * Which member of an answer is what: those of the `OAUTH_USER_…_FIELD_NAME` variables over the fields of tokens.
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

/** `username` counts where `OAUTH_USER_ID_FIELD_NAME` names it: elsewhere nothing could block it. */
function hasIdentity(
  members: Readonly<Record<string, unknown>>,
  { userIdField }: IntrospectionSettings,
): boolean {
  const id = soleMember(readField(members, memberField(userIdField)));
  return [id, members['sub'], members['client_id']].some(isIdentityText);
}

/** A name with dots is that member, as LiteLLM has it, else a path to one. */
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
