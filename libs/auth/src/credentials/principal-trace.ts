import type { DecisionTrace, Principal } from '#libs/access';
import type { ClaimField, ClaimFields, IssuerSettings, JwtSettings } from '#libs/config';
import { mapRoles } from '../claims/role-mapping.js';
import { CONFIG_KEYS } from '../policy/config-keys.js';

const LITELLM = 'general_settings.litellm_jwtauth';

/** What the trace of a principal tells besides the principal itself. */
export interface TracedProof {
  readonly kind: 'jwt' | 'userinfo' | 'introspection';
  readonly fields: ClaimFields;
  /** Where the issuer or endpoint is configured. */
  readonly configPath: string;
  /** The issuer's entry; `null` where no entry proved the claims. */
  readonly entry: IssuerSettings | null;
}

/**
 * Writes into a trace whom proven claims stand for and which setting made it so. Ids of the principal appear, and no
 * other claim's value.
 * @param principal the mapped claims
 * @param proof how they were proven and read
 * @param settings what holds for every issuer
 * @param trace takes the steps
 */
export function tracePrincipal(
  principal: Principal,
  proof: TracedProof,
  settings: JwtSettings,
  trace: DecisionTrace,
): void {
  traceProof(principal, proof, trace);
  traceUser(principal, proof, trace);
  traceTeams(principal, proof, trace);
  const { fields } = proof;
  traceId(trace, 'organisation', principal.orgId, key('org_id_jwt_field', fields.orgId));
  traceId(trace, 'organisation', principal.orgAlias, key('org_alias_jwt_field', fields.orgAlias));
  traceId(trace, 'end user', principal.endUserId, key('end_user_id_jwt_field', fields.endUserId));
  traceId(trace, 'agent', principal.agentId, key('agent_id_jwt_field', fields.agentId));
  traceRoles(principal, proof, settings, trace);
  traceAdmin(principal, settings, trace, shownField(fields.scope));
}

interface Key {
  readonly name: string;
  /** Claims as configured; `null` where none is. */
  readonly field: string | null;
}

function key(name: string, field: ClaimField | null): Key {
  return { name, field: shownField(field) };
}

function traceProof(principal: Principal, proof: TracedProof, trace: DecisionTrace): void {
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
  { fields, entry }: TracedProof,
  trace: DecisionTrace,
): void {
  const { userId, email } = principal;
  if (entry !== null && entry.principalTemplate !== null) {
    traceTemplate(userId, entry, trace);
    return;
  }
  const isEmail = userId !== null && userId === email;
  const name = isEmail ? 'user_email_jwt_field' : 'user_id_jwt_field';
  const field = isEmail ? fields.userEmail : fields.userId;
  traceId(trace, 'user', userId, key(name, field ?? fields.userEmail));
}

function traceTemplate(userId: string | null, entry: IssuerSettings, trace: DecisionTrace): void {
  const configKey = `${entry.configPath}.principal`;
  if (userId !== null) trace.passed('jwt-auth', `user ${userId} (template)`, configKey);
  else trace.skipped('jwt-auth', 'no user: a claim of the template holds no text', configKey);
}

const TEAM_SOURCES = {
  claim: 'team_id_jwt_field',
  soft: 'team_id_jwt_field',
  default: 'team_id_default',
  object_id: 'object_id_jwt_field',
  key: 'virtual_key_claim_field',
} as const;

function traceTeams({ teams }: Principal, { fields }: TracedProof, trace: DecisionTrace): void {
  const { teamId, source, alias, listed } = teams;
  if (source === 'default') {
    trace.passed('jwt-auth', `team ${shown(teamId)} by default`, `${LITELLM}.team_id_default`);
  } else {
    const isObject = source === 'object_id';
    const own = isObject ? shownField(fields.objectId) : shownField(fields.teamId);
    const isSoft = fields.isTeamSoft && fields.teamId === null && !isObject;
    const field = isSoft ? 'client_id or azp, softly' : own;
    traceId(trace, 'team', teamId, { name: TEAM_SOURCES[source ?? 'claim'], field });
  }
  traceId(trace, 'team alias', alias, key('team_alias_jwt_field', fields.teamAlias));
  const listKey = key('team_ids_jwt_field', fields.teamIds);
  traceId(trace, 'list of teams', listed === null ? null : `of ${String(listed.length)}`, listKey);
}

const COUNTED_AS = 'for role_permissions the token counts as';

function traceRoles(
  principal: Principal,
  { fields }: TracedProof,
  settings: JwtSettings,
  trace: DecisionTrace,
): void {
  const { rbacRole, role, isAdmin } = principal;
  const isMapped = fields.roles !== null || fields.userRoles !== null || fields.objectId !== null;
  if (isMapped && rbacRole !== null) {
    const configKey = rbacRoleKey(principal, fields, settings);
    // LiteLLM's meaning: such a role is asked by `role_permissions` and opens nothing by itself.
    const note =
      rbacRole === 'proxy_admin' && !isAdmin ? ', which alone makes no administrator' : '';
    trace.passed('jwt-auth', `${COUNTED_AS} ${rbacRole}${note}`, configKey);
  } else if (isMapped) {
    trace.skipped('jwt-auth', `${COUNTED_AS} no role`, CONFIG_KEYS.roleMappings);
  }
  if (role === null) return;
  const isNamed = fields.userRole !== null;
  const configKey = isNamed ? CONFIG_KEYS.userRole : CONFIG_KEYS.roleMap;
  trace.passed('jwt-auth', `role ${role} for this request`, configKey);
}

/** The setting that a token has its role by, in the order of decision 2.10. */
function rbacRoleKey(principal: Principal, fields: ClaimFields, settings: JwtSettings): string {
  const { claims, isAdmin, mayAdminister, rbacRole, teams } = principal;
  if (isAdmin) return CONFIG_KEYS.adminScope;
  const { roles, mapped } = mapRoles(claims, fields, settings, mayAdminister);
  const isByMapping = settings.rbac.roleMappings.some(
    ({ role, internalRole }) => internalRole === mapped && roles.includes(role),
  );
  if (isByMapping) return CONFIG_KEYS.roleMappings;
  if (mapped !== null) return CONFIG_KEYS.userAllowedRoles;
  return rbacRole === 'team'
    ? `${LITELLM}.${TEAM_SOURCES[teams.source ?? 'claim']}`
    : CONFIG_KEYS.userId;
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
    const detail = 'no administrator: the issuer of the token may not assert the admin scope';
    trace.skipped('jwt-auth', detail, CONFIG_KEYS.adminIssuers);
  } else {
    const detail = `no administrator: the claim ${String(scopeField)} lacks the admin scope`;
    trace.skipped('jwt-auth', detail, CONFIG_KEYS.adminScope);
  }
}

function traceId(
  trace: DecisionTrace,
  what: string,
  id: string | null,
  { name, field }: Key,
): void {
  const configKey = `${LITELLM}.${name}`;
  if (field === null || field === '') return;
  if (id !== null) trace.passed('jwt-auth', `${what} ${id} (claim ${field})`, configKey);
  else trace.skipped('jwt-auth', `no ${what}: the claim ${field} holds none`, configKey);
}

function shownField(field: ClaimField | null): string | null {
  return field === null ? null : field.paths.join(' or ');
}

function shown(id: string | null): string {
  return id ?? 'none';
}
