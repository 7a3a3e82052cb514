import type { RbacRole } from '#libs/access';
import { JWT_AUTH_KEYS as KEYS } from '../names/litellm-jwt-names.js';
import { Place, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import { GENERAL_KEYS, PATHS } from '../names/litellm-names.js';
import type { UserInfoSettings } from '../model/access-settings.js';
import { entryOf, ownerOfEndpoint } from '../model/issuer-entry.js';
import type { ClaimFields, JwtSettings } from '../model/jwt-settings.js';
import type { JwtAuthValue } from '../schema/jwt-auth.config.js';

/**
 * Warns about settings of `litellm_jwtauth` that do nothing, or refuse everybody, because another one is missing.
 * @param settings what came of it and of the issuers
 */
export function warnOfIneffective(
  jwtAuth: JwtAuthValue,
  settings: JwtSettings,
  findings: ConfigDiagnostics,
): void {
  const warn = (name: keyof typeof KEYS, message: string): void => {
    new Place(PATHS.jwtAuth, findings).at(KEYS[name]).warn(message);
  };
  const all = [settings.claims, ...settings.issuers.map(({ claims }) => claims)];
  const isMapped: IsMapped = (name) => all.some((fields) => fields[name] !== null);
  if (settings.allowedEmailDomains !== null && !isMapped('userEmail'))
    warn(
      'allowedEmailDomains',
      `refuses every token, because ${KEYS.userEmailField} names no claim for the email`,
    );
  if (!isUserNamed(settings, isMapped)) warnOfNobody(jwtAuth, warn);
  if (jwtAuth.teamIdUpsert && !isTeamNamed(settings, isMapped)) warn('teamIdUpsert', NO_NEW_TEAM);
  warnOfSync(jwtAuth, isMapped, warn);
  warnOfKeyMapping(jwtAuth, isMapped('virtualKey'), warn);
}

type IsMapped = (name: keyof ClaimFields) => boolean;

function isUserNamed({ issuers, rbac }: JwtSettings, isMapped: IsMapped): boolean {
  if (isMapped('userId') || isMapped('userEmail') || issuers.some(hasTemplate)) return true;
  return isObjectOf('internal_user', rbac, isMapped);
}

/** Teams of a list are made when the header asks for them; those of an alias and of client_id or azp must exist. */
function isTeamNamed({ teams, rbac }: JwtSettings, isMapped: IsMapped): boolean {
  if (isMapped('teamId') || isMapped('teamIds') || teams.defaultTeamId !== null) return true;
  return isObjectOf('team', rbac, isMapped);
}

/** Whether the object id of some token is that of a team or of a user, which its roles decide. */
function isObjectOf(
  role: RbacRole,
  { roleMappings, userAllowedRoles }: JwtSettings['rbac'],
  isMapped: IsMapped,
): boolean {
  if (!isMapped('objectId')) return false;
  if (isMapped('roles') && roleMappings.some(({ internalRole }) => internalRole === role))
    return true;
  return role === 'internal_user' && userAllowedRoles !== null && isMapped('userRoles');
}

const NO_NEW_TEAM = `creates no team from a claim, because none of ${KEYS.teamIdField}, ${KEYS.teamIdsField}, ${KEYS.defaultTeamId} and ${KEYS.objectIdField} names one`;

type Warn = (name: keyof typeof KEYS, message: string) => void;

const hasTemplate = ({ principalTemplate }: { readonly principalTemplate: string | null }) =>
  principalTemplate !== null;

function warnOfNobody(jwtAuth: JwtAuthValue, warn: Warn): void {
  const reason = `because neither ${KEYS.userIdField} nor ${KEYS.userEmailField} is set`;
  if (jwtAuth.userIdUpsert) warn('userIdUpsert', `creates no user, ${reason}`);
  if (jwtAuth.claimFallback) warn('claimFallback', `finds no user to ask, ${reason}`);
  if (jwtAuth.databaseFallback) warn('databaseFallback', `finds no user to ask, ${reason}`);
  if (jwtAuth.syncUser) warn('syncUser', `changes no user, ${reason}`);
}

function warnOfSync(jwtAuth: JwtAuthValue, isMapped: IsMapped, warn: Warn): void {
  const hasMap = jwtAuth.roleMap.length > 0;
  if (hasMap && !jwtAuth.syncUser)
    warn('roleMap', `has no effect, because ${KEYS.syncUser} is not true`);
  else if (hasMap && !isMapped('roles'))
    warn('roleMap', `maps no role, because ${KEYS.rolesField} names no claim`);
  const areTeamsMapped = isMapped('teamIds') || (jwtAuth.databaseFallback && isMapped('teamId'));
  if (jwtAuth.syncUser && !hasMap && !areTeamsMapped)
    warn(
      'syncUser',
      `changes nothing, because neither ${KEYS.roleMap} nor ${KEYS.teamIdsField} is set`,
    );
}

function warnOfKeyMapping(jwtAuth: JwtAuthValue, isMapped: boolean, warn: Warn): void {
  if (jwtAuth.virtualKeyField !== null && jwtAuth.formerVirtualKeyField !== null)
    warn('formerVirtualKeyField', `has no effect beside ${KEYS.virtualKeyField}`);
  if (jwtAuth.whenUnregistered !== 'fallback_team_mapping' && !isMapped)
    warn('whenUnregistered', `has no effect, because ${KEYS.virtualKeyField} names no claim`);
}

/** Warns when every one of several issuers may make administrators, or when none may. */
export function warnOfAdminIssuers(
  { adminIssuers, issuers }: JwtSettings,
  findings: ConfigDiagnostics,
): void {
  const place = new Place('gatehouse.admin_issuers', findings);
  if (adminIssuers === null) {
    if (issuers.length > 1)
      place.warn(
        `is not set: each of the ${String(issuers.length)} issuers can make administrators; name those that may`,
      );
    return;
  }
  const isOpen = issuers.some(({ issuer }) => issuer === null || adminIssuers.includes(issuer));
  if (issuers.length > 0 && !isOpen)
    place.warn('names none of the trusted issuers: no token makes an administrator');
  const trusted = new Set(issuers.map(({ issuer }) => issuer));
  if (isOpen && !trusted.has(null) && adminIssuers.some((issuer) => !trusted.has(issuer)))
    place.warn('names an issuer that is not trusted: is it spelt exactly as in iss?');
}

/** Warns about settings for email addresses that no token brings, and of issuers that are not trusted. */
export function warnOfEmailLinks(settings: JwtSettings, findings: ConfigDiagnostics): void {
  const { linkByEmail, trustedEmailIssuers } = settings;
  const links = new Place('gatehouse.jwt.link_by_verified_email', findings);
  warnOfEmailIssuers(linkByEmail ?? [], settings, { place: links, lack: 'links no account' });
  const trust = new Place('gatehouse.jwt.trusted_email_issuers', findings);
  warnOfEmailIssuers(trustedEmailIssuers, settings, { place: trust, lack: 'has no effect' });
}

function warnOfEmailIssuers(
  named: readonly string[] | 'all',
  { claims, issuers }: JwtSettings,
  { place, lack }: { readonly place: Place; readonly lack: string },
): void {
  if (named.length === 0) return;
  if ([claims, ...issuers.map((entry) => entry.claims)].every((one) => one.userEmail === null))
    place.warn(`${lack}, because ${KEYS.userEmailField} names no claim for the email`);
  const trusted = new Set(issuers.map(({ issuer }) => issuer));
  if (named === 'all' || trusted.has(null)) return;
  if (named.some((issuer) => !trusted.has(issuer)))
    place.warn('names an issuer that is not trusted: is it spelt exactly as in iss?');
}

/**
 * Warns about an audience that nothing checks of opaque tokens: UserInfo names none.
 * @param settings the issuers, of which one speaks at the endpoint
 * @param userInfo the endpoint, `null` while it is not asked
 */
export function warnOfUserInfoAudience(
  { issuers }: JwtSettings,
  userInfo: UserInfoSettings | null,
  findings: ConfigDiagnostics,
): void {
  if (userInfo === null) return;
  const entry = entryOf(ownerOfEndpoint(userInfo.endpoint, issuers), issuers);
  if (!entry?.audience) return;
  const key = entry.isGlobal ? 'JWT_AUDIENCE' : `${entry.configPath}.audience`;
  new Place(PATHS.jwtAuth, findings)
    .at(KEYS.userInfoEndpoint)
    .warn(
      `names no audience: opaque tokens that the provider made for other applications are accepted, because ${key} does not apply to them; introspection checks it`,
    );
}

/**
 * Warns about token settings while tokens are refused altogether.
 * @param variable variable or key that names an issuer
 */
export function warnOfDisabled(variable: string, findings: ConfigDiagnostics): void {
  new Place(variable, findings).warn(
    `is set, but ${PATHS.general}.${GENERAL_KEYS.isJwtAuthEnabled} is not true: tokens are refused`,
  );
}
