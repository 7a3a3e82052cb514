import { Place, type Findings } from '../findings.js';
import { JWT_AUTH_KEYS as KEYS, PATHS } from '../litellm-names.js';
import { isLoopbackHost } from '../loopback.js';
import { KEY_SET_ADDRESSES } from '../schema/environment.config.js';
import type { RootValue } from '../schema/root.config.js';
import type { JwtSettings } from '../settings.js';
import { textNode } from '../source/config-node.js';
import { variableOf, type Environment } from '../source/environment.js';
import type { Overrides } from './overrides.js';

const KEY_URL_VARIABLE = 'JWT_PUBLIC_KEY_URL';

/**
 * Brings `litellm_jwtauth`, the `JWT_*` variables and `gatehouse.jwt` together.
 * @param root the file
 * @param overrides the environment's settings
 * @param environment variables, those that the file declares included
 * @param findings collects problems and warnings
 */
export function jwtSettingsOf(
  root: RootValue,
  overrides: Overrides,
  environment: Environment,
  findings: Findings,
): JwtSettings {
  const { jwtAuth, isJwtAuthEnabled: enabled } = root.general;
  const { jwks, ...strictness } = root.gatehouse.jwt;
  const settings: JwtSettings = {
    ...jwtAuth,
    ...strictness,
    enabled,
    publicKeyUrls: keySetAddresses(environment, jwks.allowHttp, findings),
    audience: overrides.variable('JWT_AUDIENCE'),
    issuer: overrides.variable('JWT_ISSUER'),
    adminIssuers: root.gatehouse.adminIssuers,
    jwks,
  };
  if (enabled) judgeEnabled(settings, findings);
  else if (settings.publicKeyUrls.length > 0)
    new Place(KEY_URL_VARIABLE, findings).warn(
      `is set, but ${PATHS.enableJwtAuth} is not true: tokens are refused`,
    );
  return settings;
}

function keySetAddresses(
  environment: Environment,
  allowHttp: boolean,
  findings: Findings,
): readonly string[] {
  const place = new Place(KEY_URL_VARIABLE, findings);
  const given = variableOf(environment, KEY_URL_VARIABLE) ?? '';
  const items = given
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(textNode);
  const addresses = KEY_SET_ADDRESSES.read({ kind: 'list', items }, place) ?? [];
  const isAnyPlain = addresses.some((address) => {
    const { protocol, hostname } = new URL(address);
    return protocol === 'http:' && !isLoopbackHost(hostname);
  });
  if (isAnyPlain && !allowHttp)
    place.refuse(
      'has an address with plain http beyond this machine, where anybody on the way could replace the keys',
      'Write https://…, or set gatehouse.jwt.jwks.allow_http: true.',
    );
  return addresses;
}

function judgeEnabled(settings: JwtSettings, findings: Findings): void {
  const keyUrl = new Place(KEY_URL_VARIABLE, findings);
  const isJudged = findings.problems.some(({ path }) => path.startsWith(KEY_URL_VARIABLE));
  if (settings.publicKeyUrls.length === 0 && !isJudged)
    keyUrl.refuse(
      `is not set, but ${PATHS.enableJwtAuth} is true: no token could be verified`,
      'Set it to the key-set or discovery address of the identity provider.',
    );
  if (settings.audience === null)
    new Place('JWT_AUDIENCE', findings).warn(
      'is not set: tokens that the identity provider made for other applications are accepted',
    );
  if (settings.issuer === null)
    new Place('JWT_ISSUER', findings).warn(
      'is not set: the issuer of a token is not checked, its signature alone counts',
    );
  warnOfIneffective(settings, findings);
  warnOfForeignAdmins(settings, findings);
}

function warnOfIneffective(settings: JwtSettings, findings: Findings): void {
  const section = new Place(PATHS.jwtAuth, findings);
  const hasNoUserClaim = settings.userIdField === null && settings.userEmailField === null;
  if (settings.allowedEmailDomains !== null && settings.userEmailField === null)
    section
      .at(KEYS.allowedEmailDomains)
      .warn(`refuses every token, because ${KEYS.userEmailField} names no claim for the email`);
  if (settings.userIdUpsert && hasNoUserClaim)
    section
      .at(KEYS.userIdUpsert)
      .warn(
        `creates nobody, because neither ${KEYS.userIdField} nor ${KEYS.userEmailField} is set`,
      );
  if (settings.teamIdUpsert && (settings.teamIdField ?? '') === '')
    section.at(KEYS.teamIdUpsert).warn(`creates no team, because ${KEYS.teamIdField} is not set`);
}

function warnOfForeignAdmins({ adminIssuers, issuer }: JwtSettings, findings: Findings): void {
  if (adminIssuers !== null && issuer !== null && !adminIssuers.includes(issuer))
    new Place('gatehouse.admin_issuers', findings).warn(
      'does not name the issuer of JWT_ISSUER: no token makes an administrator',
    );
}
