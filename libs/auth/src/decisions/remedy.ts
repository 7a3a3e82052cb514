import {
  shownPath,
  type DecisionStep,
  type Principal,
  type RequestedRoute,
  type RequiredRole,
  type TeamCandidate,
} from '#libs/access';
import type { ErrorCode, GatehouseError } from '#libs/common';
import { tokenRemedyOf } from '../failures/token-error.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** What a remedy is found from: a refused call and the ids that its principal is made of. */
export interface RefusedCall {
  readonly error: GatehouseError;
  /** The step that refused. */
  readonly step: DecisionStep | null;
  readonly principal: Principal | null;
  readonly teamCandidates: readonly TeamCandidate[];
  readonly route: RequestedRoute | null;
  /** Role that the handler of the route declares; `null` without one. */
  readonly requiredRole: RequiredRole | null;
  /** Id or alias of the row that stands in the way, where the step named one. */
  readonly obstacle: string | null;
  /** Whether the caller holds the route, were it not for what the step asked for. */
  readonly mayReach: boolean;
  /** The model that the call names, `null` where it names none. */
  readonly model: string | null;
}

type Remedy = string | null | ((call: RefusedCall) => string | null);

const MAX_SHOWN_LENGTH = 200;

/**
 * What would allow a call that was refused for a reason. `null` where nothing small would: a forged
 * token, a request that is wrong in itself, something that is down. An error that carries a remedy
 * of its own, as those of tokens do, is not looked up here.
 */
const REMEDIES: Readonly<Record<ErrorCode, Remedy>> = {
  credential_missing: 'send `Authorization: Bearer <token>`',
  credential_malformed: 'send one bearer token that is a JWT, a virtual key or the master key',
  credential_ambiguous: 'send the credential in one header alone',
  token_invalid: null,
  token_expired: 'get a new token',
  token_revoked: 'get a new token, or lift the revocation (`DELETE /revocations/{id}`)',
  issuer_unknown: 'add the issuer of the token to `gatehouse.issuers`',
  key_unknown: 'create the key (`POST /key/generate`)',
  key_expired: 'give the key a later end (`POST /key/update` with `duration`)',
  key_blocked: 'unblock the key (`POST /key/unblock`)',
  route_not_allowed: remedyOfRoute,
  model_not_allowed: remedyOfModel,
  model_unknown: 'add a deployment of that `model_name` to `model_list`',
  operation_unsupported:
    'call the model at a route that its provider serves, or add a deployment of a provider that serves this one',
  scope_insufficient: remedyOfScopes,
  role_missing: (call) =>
    onSetting(call, (key) => `give the caller a role that \`${key}\` accepts`) ??
    'give the caller a role at the provider',
  policy_denied: (call) => onSetting(call, (key) => `change the rule of \`${key}\``),
  email_domain_not_allowed: ({ principal }) =>
    (principal?.email ?? null) === null
      ? 'put the email address into the claim that `user_email_jwt_field` names'
      : 'add the domain of the address to `user_allowed_email_domain`',
  email_not_verified: 'verify the address at the provider',
  claim_ambiguous: (call) =>
    onSetting(
      call,
      (key) =>
        `have the provider put one string into the claim of \`${key}\`, name the member that holds it by its path (\`claim.member\`), or pick one value of a list with \`regex\` or \`map\``,
    ) ?? 'have the provider put one string into the claim',
  groups_unresolved: remedyOfGroups,
  team_required: remedyOfTeamless,
  team_unknown: remedyOfUnknownTeam,
  team_not_in_token: 'name a team of the token in `x-litellm-team-id`, or leave the header out',
  team_blocked: (call) => onTeam(call, (id) => `unblock team ${id} (\`POST /team/unblock\`)`),
  user_unknown: (call) => onUser(call, (id) => `create user ${id} (\`POST /user/new\`)`),
  user_blocked: (call) =>
    onUser(call, (id) => `unblock user ${id} (\`POST /user/update\` with \`blocked: false\`)`),
  identity_conflict: (call) =>
    onUser(
      call,
      (id) =>
        `link user ${id} to the identity of this token (\`POST /user/update\` with \`bound_issuer\` and \`bound_subject\`), if both are the same person`,
    ),
  org_unknown: ({ principal }) =>
    `create organisation ${shown(principal?.orgId ?? principal?.orgAlias)} (\`POST /organization/new\`)`,
  org_blocked: 'unblock the organisation',
  end_user_blocked: 'unblock the end user, or name another one',
  budget_exceeded: 'raise the budget, or wait until it resets',
  budget_missing: 'make the budget (`POST /budget/new` with its `budget_id`)',
  rate_limited: 'raise the limit, or wait',
  price_unknown: 'give the deployment a price, or set `gatehouse.spend.unpriced_models` to `flag`',
  model_unpriced: 'give the deployment a price',
  headers_too_large: (call) =>
    onSetting(call, (key) => `raise \`${key}\`, or put less into the token`),
  body_too_large: 'raise `gatehouse.server.body_limit_bytes`',
  request_invalid: null,
  not_found: null,
  method_not_allowed: 'use a method that the header `allow` lists',
  already_exists: null,
  idempotency_key_in_work: null,
  idempotency_key_used: 'send a new `Idempotency-Key`',
  idempotency_key_reused: 'send a new `Idempotency-Key`',
  auth_provider_unavailable: null,
  database_unavailable: null,
  cache_unavailable: 'Check the Redis server of litellm_settings.cache_params.',
  report_timeout: null,
  spend_journal_unavailable: null,
  no_deployment_available: null,
  context_window_exceeded: null,
  upstream_unreachable: null,
  upstream_timeout: null,
  upstream_invalid: null,
  upstream_credential_rejected: 'give the deployment a valid `api_key`',
  shutting_down: null,
  internal_error: null,
};

/**
 * The smallest change that would allow a refused call, as one imperative sentence without a full
 * stop; `null` where there is none. For administrators: it names settings, teams and users.
 * @param call the call and how it was refused
 */
export function remedyOf(call: RefusedCall): string | null {
  const own = tokenRemedyOf(call.error);
  if (own !== null) return own;
  const remedy = REMEDIES[call.error.code];
  return typeof remedy === 'function' ? remedy(call) : remedy;
}

/**
 * The smallest change that would allow a call that the guards let pass and its handler refused;
 * `null` where there is none that the reason alone tells.
 * @param reason stable code of the response
 * @param call its route and the role that the handler declares
 */
export function remedyOfReason(
  reason: string,
  { route, requiredRole }: Pick<RefusedCall, 'route' | 'requiredRole'>,
): string | null {
  if (reason === 'route_not_allowed' && requiredRole !== null) return asAdministrator(route);
  const remedy = Object.hasOwn(REMEDIES, reason) ? REMEDIES[reason as ErrorCode] : null;
  return typeof remedy === 'string' ? remedy : null;
}

function remedyOfRoute(call: RefusedCall): string | null {
  const { route, step, requiredRole } = call;
  const key = step?.config_key ?? null;
  const name = nameOf(route);
  // The list of teams can open the route, but not the handler, which demands a role that no list
  // gives.
  const isListUseless = key === CONFIG_KEYS.teamRoutes && requiredRole !== null;
  if (key === null || isListUseless) return asAdministrator(route);
  if (key === CONFIG_KEYS.adminOnlyRoutes) {
    return `take ${name} out of \`${key}\`, or call it as administrator`;
  }
  return withRole(call, `add ${name} to \`${key}\``);
}

function asAdministrator(route: RequestedRoute | null): string {
  return `call ${nameOf(route)} with an administrator's credential`;
}

function nameOf(route: RequestedRoute | null): string {
  return route === null ? 'the route' : `\`${shown(shownPath(route.path))}\``;
}

function remedyOfModel(call: RefusedCall): string {
  const model = `\`${shown(call.model)}\``;
  switch (call.error.type) {
    case 'team_model_access_denied':
      return `add ${model} to the models of team ${teamOf(call)} (\`POST /team/update\`)`;
    case 'user_model_access_denied':
      return `add ${model} to the models of user ${shown(call.principal?.userId)} (\`POST /user/update\`)`;
    case 'key_model_access_denied':
      return `add ${model} to the models of the key (\`POST /key/update\`)`;
    case 'org_model_access_denied':
      return `add ${model} to the models of ${call.obstacle === null ? 'the organisation' : `organisation ${shown(call.obstacle)}`} (\`PATCH /organization/update\`)`;
    default: {
      const key = call.step?.config_key ?? null;
      return key === null ? `grant ${model}` : `add ${model} to \`${key}\``;
    }
  }
}

/** What a token may do of a route says nothing while its bearer has no list of routes with it. */
function withRole({ step, mayReach }: RefusedCall, sentence: string): string {
  const isOfToken = step?.guard === 'scopes' || step?.config_key === CONFIG_KEYS.rolePermissions;
  return isOfToken && !mayReach ? `${sentence}, and make the caller an administrator` : sentence;
}

function remedyOfTeamless({ step }: RefusedCall): string {
  const key = step?.config_key ?? CONFIG_KEYS.teamId;
  if (key !== CONFIG_KEYS.teamRequired) return `name a team in the claim of \`${key}\``;
  return `name a team in the token, in the claim of \`${CONFIG_KEYS.teamId}\` or \`${CONFIG_KEYS.teamIds}\``;
}

function remedyOfUnknownTeam(call: RefusedCall): string {
  if (call.step?.config_key === CONFIG_KEYS.teamAlias) {
    return `let exactly one team have the alias ${teamOf(call)} (\`team_alias\` of \`POST /team/new\` or \`/team/update\`)`;
  }
  return `create team ${teamOf(call)} (\`POST /team/new\`)`;
}

function remedyOfGroups({ step }: RefusedCall): string {
  const key = step?.config_key ?? null;
  return key === CONFIG_KEYS.teamIds
    ? `let \`regex\` or \`map\` of \`${key}\` leave out the groups that are not teams`
    : 'configure `gatehouse.jwt.group_overage`, or have the provider put the groups into the token';
}

function remedyOfScopes(call: RefusedCall): string | null {
  const names = call.error.scopes.map((scope) => `\`${scope}\``).join(' or ');
  if (names !== '') return withRole(call, `grant the token the scope ${names}`);
  return onSetting(call, (key) => `add a scope for it to \`${key}\``);
}

function onSetting({ step }: RefusedCall, sentence: (key: string) => string): string | null {
  const key = step?.config_key ?? null;
  return key === null ? null : sentence(key);
}

function onTeam(call: RefusedCall, sentence: (id: string) => string): string {
  return sentence(teamOf(call));
}

/** The candidate that was chosen, else the last one that was turned down. */
function teamOf({ teamCandidates, principal, obstacle }: RefusedCall): string {
  const candidate = teamCandidates.find(({ chosen }) => chosen) ?? teamCandidates.at(-1);
  const { teamId, alias } = principal?.teams ?? {};
  return shown(obstacle ?? candidate?.team_id ?? teamId ?? alias);
}

function onUser({ principal }: RefusedCall, sentence: (id: string) => string): string {
  return sentence(shown(principal?.userId));
}

function shown(text: string | null | undefined): string {
  return (text ?? 'that the token names').slice(0, MAX_SHOWN_LENGTH);
}
