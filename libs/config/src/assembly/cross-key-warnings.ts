import { settingPlace } from '../schema/setting-path.js';
import type { RbacRole } from '#libs/access';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
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
  const warn = (name: keyof JwtAuthValue, message: string): void => {
    settingPlace('general_settings.litellm_jwtauth', findings).at(name).warn(message);
  };
  const all = [settings.claims, ...settings.issuers.map(({ claims }) => claims)];
  const isMapped: IsMapped = (name) => all.some((fields) => fields[name] !== null);
  if (settings.allowedEmailDomains !== null && !isMapped('userEmail'))
    warn(
      'user_allowed_email_domain',
      `refuses every token, because user_email_jwt_field names no claim for the email`,
    );
  if (!isUserNamed(settings, isMapped)) warnOfNobody(jwtAuth, warn);
  if (jwtAuth.team_id_upsert && !isTeamNamed(settings, isMapped))
    warn('team_id_upsert', NO_NEW_TEAM);
  if (settings.orgIdUpsert && !isMapped('orgId'))
    settingPlace('gatehouse.jwt.org_id_upsert', findings).warn(
      'creates no organisation, because org_id_jwt_field names no claim',
    );
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

const NO_NEW_TEAM = `creates no team from a claim, because none of team_id_jwt_field, team_ids_jwt_field, team_id_default and object_id_jwt_field names one`;

type Warn = (name: keyof JwtAuthValue, message: string) => void;

const hasTemplate = ({ principalTemplate }: { readonly principalTemplate: string | null }) =>
  principalTemplate !== null;

function warnOfNobody(jwtAuth: JwtAuthValue, warn: Warn): void {
  const reason = `because neither user_id_jwt_field nor user_email_jwt_field is set`;
  if (jwtAuth.user_id_upsert) warn('user_id_upsert', `creates no user, ${reason}`);
  if (jwtAuth.team_claim_fallback) warn('team_claim_fallback', `finds no user to ask, ${reason}`);
  if (jwtAuth.fallback_to_db_teams) warn('fallback_to_db_teams', `finds no user to ask, ${reason}`);
  if (jwtAuth.sync_user_role_and_teams)
    warn('sync_user_role_and_teams', `changes no user, ${reason}`);
}

function warnOfSync(jwtAuth: JwtAuthValue, isMapped: IsMapped, warn: Warn): void {
  const hasMap = jwtAuth.jwt_litellm_role_map.length > 0;
  if (hasMap && !jwtAuth.sync_user_role_and_teams)
    warn('jwt_litellm_role_map', `has no effect, because sync_user_role_and_teams is not true`);
  else if (hasMap && !isMapped('roles'))
    warn('jwt_litellm_role_map', `maps no role, because roles_jwt_field names no claim`);
  const areTeamsMapped =
    isMapped('teamIds') || (jwtAuth.fallback_to_db_teams && isMapped('teamId'));
  if (jwtAuth.sync_user_role_and_teams && !hasMap && !areTeamsMapped)
    warn(
      'sync_user_role_and_teams',
      `changes nothing, because neither jwt_litellm_role_map nor team_ids_jwt_field is set`,
    );
}

function warnOfKeyMapping(jwtAuth: JwtAuthValue, isMapped: boolean, warn: Warn): void {
  if (jwtAuth.virtual_key_claim_field !== null && jwtAuth.jwt_client_id_field !== null)
    warn('jwt_client_id_field', `has no effect beside virtual_key_claim_field`);
  if (jwtAuth.unregistered_jwt_client_behavior !== 'fallback_team_mapping' && !isMapped)
    warn(
      'unregistered_jwt_client_behavior',
      `has no effect, because virtual_key_claim_field names no claim`,
    );
}

/** Warns when every one of several issuers may make administrators, or when none may. */
export function warnOfAdminIssuers(
  { adminIssuers, issuers }: JwtSettings,
  findings: ConfigDiagnostics,
): void {
  const place = settingPlace('gatehouse.admin_issuers', findings);
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
  const links = settingPlace('gatehouse.jwt.link_by_verified_email', findings);
  warnOfEmailIssuers(linkByEmail ?? [], settings, { place: links, lack: 'links no account' });
  const trust = settingPlace('gatehouse.jwt.trusted_email_issuers', findings);
  warnOfEmailIssuers(trustedEmailIssuers, settings, { place: trust, lack: 'has no effect' });
}

function warnOfEmailIssuers(
  named: readonly string[] | 'all',
  { claims, issuers }: JwtSettings,
  { place, lack }: { readonly place: ConfigPath; readonly lack: string },
): void {
  if (named.length === 0) return;
  if ([claims, ...issuers.map((entry) => entry.claims)].every((one) => one.userEmail === null))
    place.warn(`${lack}, because user_email_jwt_field names no claim for the email`);
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
  settingPlace('general_settings.litellm_jwtauth', findings)
    .at('oidc_userinfo_endpoint')
    .warn(
      `names no audience: opaque tokens that the provider made for other applications are accepted, because ${key} does not apply to them; introspection checks it`,
    );
}

/**
 * Warns about token settings while tokens are refused altogether.
 * @param variable variable or key that names an issuer
 */
export function warnOfDisabled(variable: string, findings: ConfigDiagnostics): void {
  new ConfigPath(variable, findings).warn(
    `is set, but general_settings.enable_jwt_auth is not true: tokens are refused`,
  );
}
