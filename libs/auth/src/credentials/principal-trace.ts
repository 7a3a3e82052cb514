import type { DecisionTrace, Principal, TeamClaims } from '#libs/access';
import type { ClaimField, ClaimFields, IssuerSettings, JwtSettings } from '#libs/config';
import { readKeysOf, type ClaimName } from '../claims/claim-keys.js';
import { TEAM_CLIENT_CLAIMS_SHOWN } from '../claims/team-claims.js';
import { mapRoles } from '../claims/role-mapping.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** What the trace of a principal shows besides the principal itself. */
export interface TracedVerification {
  readonly kind: 'jwt' | 'userinfo' | 'introspection';
  readonly fields: ClaimFields;
  /** Where the issuer or endpoint is configured. */
  readonly configPath: string;
  /** The issuer's entry; `null` where no entry proved the claims. */
  readonly entry: IssuerSettings | null;
}

/**
 * Writes the principal of proven claims into a trace, with the setting behind each member. The
 * trace shows ids of the principal, and no value of another claim.
 * @param proof how the claims were proven and read
 * @param settings settings that apply to every issuer
 */
export function tracePrincipal(
  principal: Principal,
  proof: TracedVerification,
  settings: JwtSettings,
  trace: DecisionTrace,
): void {
  const { fields } = proof;
  const keyOf = readKeysOf(proof, settings.claims);
  const key = (name: ClaimName): Key => ({ path: keyOf(name), field: shownField(fields[name]) });
  traceVerification(principal, proof, trace);
  traceUser(principal, proof, key, trace);
  traceTeams(principal, fields, key, trace);
  traceId(trace, 'organisation', principal.orgId, key('orgId'));
  traceId(trace, 'organisation', principal.orgAlias, key('orgAlias'));
  traceId(trace, 'end user', principal.endUserId, key('endUserId'));
  traceId(trace, 'agent', principal.agentId, key('agentId'));
  traceRoles(principal, { fields, key }, settings, trace);
  traceAdmin(principal, settings, trace, shownField(fields.scope));
}

interface Key {
  /** Path of the setting. */
  readonly path: string;
  /** Claims as configured; `null` where none is. */
  readonly field: string | null;
}

type KeyOfClaim = (name: ClaimName) => Key;

function traceVerification(
  principal: Principal,
  proof: TracedVerification,
  trace: DecisionTrace,
): void {
  const { issuer, subject } = principal;
  const { entry, kind } = proof;
  const unchecked = [
    ...(kind === 'jwt' && entry?.issuer === null ? ['issuer'] : []),
    // UserInfo names no audience.
    ...(kind === 'userinfo' || entry?.audience === null ? ['audience'] : []),
  ];
  const note = unchecked.length === 0 ? '' : ` (not checked: ${unchecked.join(' and ')})`;
  const what = kind === 'jwt' ? 'the token is verified' : 'the token is known to its issuer';
  trace.passed(
    'jwt-auth',
    `${what}: issuer ${shown(issuer)}, subject ${shown(subject)}${note}`,
    proof.configPath,
  );
}

function traceUser(
  principal: Principal,
  { fields, entry }: TracedVerification,
  key: KeyOfClaim,
  trace: DecisionTrace,
): void {
  const { userId, email } = principal;
  if (entry !== null && entry.principalTemplate !== null) {
    traceTemplate(userId, entry, trace);
    return;
  }
  const isEmail = userId !== null && userId === email;
  const { path } = key(isEmail ? 'userEmail' : 'userId');
  const field = isEmail ? fields.userEmail : (fields.userId ?? fields.userEmail);
  traceId(trace, 'user', userId, { path, field: shownField(field) });
}

function traceTemplate(userId: string | null, entry: IssuerSettings, trace: DecisionTrace): void {
  const configKey = `${entry.configPath}.principal`;
  if (userId !== null) trace.passed('jwt-auth', `user ${userId} (template)`, configKey);
  else trace.skipped('jwt-auth', 'no user: a claim of the template holds no string', configKey);
}

const TEAM_SOURCES = {
  claim: 'teamId',
  soft: 'teamId',
  object_id: 'objectId',
  key: 'virtualKey',
} as const;

function teamPath(source: TeamClaims['source'], key: KeyOfClaim): string {
  return source === 'default' ? CONFIG_KEYS.teamDefault : key(TEAM_SOURCES[source ?? 'claim']).path;
}

function traceTeams(
  { teams }: Principal,
  fields: ClaimFields,
  key: KeyOfClaim,
  trace: DecisionTrace,
): void {
  const { teamId, source, alias, listed } = teams;
  if (source === 'default') {
    trace.passed('jwt-auth', `team ${shown(teamId)} by default`, teamPath(source, key));
  } else {
    const isObject = source === 'object_id';
    const own = isObject ? shownField(fields.objectId) : shownField(fields.teamId);
    const isSoft = fields.isTeamSoft && fields.teamId === null && !isObject;
    const field = isSoft ? `${TEAM_CLIENT_CLAIMS_SHOWN}, softly` : own;
    traceId(trace, 'team', teamId, { path: teamPath(source, key), field });
  }
  traceId(trace, 'team alias', alias, key('teamAlias'));
  const count = listed === null ? null : `of ${String(listed.length)}`;
  traceId(trace, 'list of teams', count, key('teamIds'));
}

const COUNTED_AS = 'for role_permissions the token counts as';

function traceRoles(
  principal: Principal,
  { fields, key }: { readonly fields: ClaimFields; readonly key: KeyOfClaim },
  settings: JwtSettings,
  trace: DecisionTrace,
): void {
  const { rbacRole, role, isAdmin } = principal;
  const isMapped = fields.roles !== null || fields.userRoles !== null || fields.objectId !== null;
  if (isMapped && rbacRole !== null) {
    const configKey = rbacRoleKey(principal, { fields, key }, settings);
    // As in LiteLLM, such a role applies to `role_permissions` only and grants no administrative
    // access.
    const note =
      rbacRole === 'proxy_admin' && !isAdmin ? ', which alone makes no administrator' : '';
    trace.passed('jwt-auth', `${COUNTED_AS} ${rbacRole}${note}`, configKey);
  } else if (isMapped) {
    trace.skipped('jwt-auth', `${COUNTED_AS} no role`, CONFIG_KEYS.roleMappings);
  }
  if (role === null) return;
  const isNamed = fields.userRole !== null;
  const configKey = isNamed ? key('userRole').path : CONFIG_KEYS.roleMap;
  trace.passed('jwt-auth', `role ${role} for this request`, configKey);
}

/** Returns the setting that gives a token its effective role, in the order of `mapClaims`. */
function rbacRoleKey(
  principal: Principal,
  { fields, key }: { readonly fields: ClaimFields; readonly key: KeyOfClaim },
  settings: JwtSettings,
): string {
  const { claims, isAdmin, mayAdminister, rbacRole, teams } = principal;
  if (isAdmin) return CONFIG_KEYS.adminScope;
  const { roles, mapped } = mapRoles(
    { claims, fields, userRoleKey: key('userRole').path },
    settings,
    mayAdminister,
  );
  const isByMapping = settings.rbac.roleMappings.some(
    ({ role, internalRole }) => internalRole === mapped && roles.includes(role),
  );
  if (isByMapping) return CONFIG_KEYS.roleMappings;
  if (mapped !== null) return CONFIG_KEYS.userAllowedRoles;
  return rbacRole === 'team' ? teamPath(teams.source, key) : key('userId').path;
}

function traceAdmin(
  principal: Principal,
  settings: JwtSettings,
  trace: DecisionTrace,
  scopeField: string | null,
): void {
  if (principal.isAdmin) {
    const detail = `administrator: the claim ${String(scopeField)} holds the admin scope`;
    trace.passed('jwt-auth', detail, CONFIG_KEYS.adminScope);
  } else if (principal.scopes.includes(settings.adminScope)) {
    const detail = 'not an administrator: the issuer of the token may not assert the admin scope';
    trace.skipped('jwt-auth', detail, CONFIG_KEYS.adminIssuers);
  } else {
    const detail = `not an administrator: the claim ${String(scopeField)} lacks the admin scope`;
    trace.skipped('jwt-auth', detail, CONFIG_KEYS.adminScope);
  }
}

function traceId(
  trace: DecisionTrace,
  what: string,
  id: string | null,
  { path, field }: Key,
): void {
  if (field === null || field === '') return;
  if (id !== null) trace.passed('jwt-auth', `${what} ${id} (claim ${field})`, path);
  else trace.skipped('jwt-auth', `no ${what}: the claim ${field} holds none`, path);
}

function shownField(field: ClaimField | null): string | null {
  return field === null ? null : field.paths.join(' or ');
}

function shown(id: string | null): string {
  return id ?? 'none';
}
