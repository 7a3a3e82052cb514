import type { DecisionTrace, Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';

const LITELLM = 'general_settings.litellm_jwtauth';

/**
 * Writes into a trace whom a verified token stands for and which setting made it so. Ids of the
 * principal appear, and no other claim's value.
 * @param principal the mapped claims
 * @param settings the mapping
 * @param trace takes the steps
 */
export function tracePrincipal(
  principal: Principal,
  settings: JwtSettings,
  trace: DecisionTrace,
): void {
  const { issuer, subject } = principal;
  const unchecked = [
    ...(settings.issuer === null ? ['issuer'] : []),
    ...(settings.audience === null ? ['audience'] : []),
  ];
  const note = unchecked.length === 0 ? '' : ` (not checked: ${unchecked.join(' and ')})`;
  trace.passed(
    'jwt-auth',
    `the token is verified: issuer ${shown(issuer)}, subject ${shown(subject)}${note}`,
    'JWT_PUBLIC_KEY_URL',
  );
  traceUser(principal, settings, trace);
  traceTeam(principal, settings, trace);
  traceId(trace, 'organisation', principal.orgId, ['org_id_jwt_field', settings.orgIdField]);
  traceId(trace, 'end user', principal.endUserId, [
    'end_user_id_jwt_field',
    settings.endUserIdField,
  ]);
  traceAdmin(principal, settings, trace);
}

function traceUser(principal: Principal, settings: JwtSettings, trace: DecisionTrace): void {
  const { userId, email } = principal;
  const isEmail = userId !== null && userId === email;
  const key = isEmail ? 'user_email_jwt_field' : 'user_id_jwt_field';
  const field = isEmail ? settings.userEmailField : settings.userIdField;
  traceId(trace, 'user', userId, [key, field ?? settings.userEmailField]);
}

function traceTeam(principal: Principal, settings: JwtSettings, trace: DecisionTrace): void {
  const isSoft = settings.teamIdField === null;
  const field = isSoft ? 'client_id or azp, softly' : settings.teamIdField;
  traceId(trace, 'team', principal.teamId, ['team_id_jwt_field', field]);
}

function traceAdmin(principal: Principal, settings: JwtSettings, trace: DecisionTrace): void {
  if (principal.isAdmin) {
    const detail = `administrator: the claim ${settings.scopeField} holds the admin scope`;
    trace.passed('jwt-auth', detail, `${LITELLM}.admin_jwt_scope`);
  } else if (principal.scopes.includes(settings.adminScope)) {
    const detail = 'no administrator: the issuer of the token may not assert the admin scope';
    trace.skipped('jwt-auth', detail, 'gatehouse.admin_issuers');
  } else {
    const detail = `no administrator: the claim ${settings.scopeField} lacks the admin scope`;
    trace.skipped('jwt-auth', detail, `${LITELLM}.admin_jwt_scope`);
  }
}

function traceId(
  trace: DecisionTrace,
  what: string,
  id: string | null,
  [key, field]: readonly [key: string, field: string | null],
): void {
  const configKey = `${LITELLM}.${key}`;
  if (field === null || field === '') return;
  if (id !== null) trace.passed('jwt-auth', `${what} ${id} (claim ${field})`, configKey);
  else trace.skipped('jwt-auth', `no ${what}: the claim ${field} holds no id`, configKey);
}

function shown(id: string | null): string {
  return id ?? 'none';
}
