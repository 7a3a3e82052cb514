import { CONFIG_KEYS, issuerKeysOf, type DecisionRecord, type IssuerKeys } from '#libs/auth';
import type { ClaimFields, IssuerSettings, JwtSettings, Settings } from '#libs/config';

/** Which refusal a demand leads to, and the settings without the demand. */
interface Demand {
  readonly reasons: readonly string[];
  /** Path of the setting, or which setting of an issuer; `null` for every setting. */
  readonly setting: string | { readonly ofIssuer: keyof IssuerKeys } | null;
  readonly lift: (jwt: JwtSettings) => JwtSettings;
}

const ENDLESS_SECONDS = Number.MAX_SAFE_INTEGER;

/**
 * What a token alone can lack without being another token: an unproven signature, an unknown issuer and another kind of
 * token are not in the list, because the other claims mean nothing then. A list of demanded claims is lifted from its
 * front, claim by claim, so that each that is unmet is refused once.
 */
const DEMANDS: readonly Demand[] = [
  {
    reasons: ['token_invalid'],
    setting: { ofIssuer: 'audience' },
    lift: (jwt) => withIssuers(jwt, (issuer) => ({ ...issuer, audience: null })),
  },
  {
    reasons: ['token_invalid'],
    setting: CONFIG_KEYS.requireSub,
    lift: (jwt) => ({ ...jwt, requireSub: false }),
  },
  {
    reasons: ['token_invalid'],
    setting: CONFIG_KEYS.requireExp,
    lift: (jwt) => ({ ...jwt, requireExp: false }),
  },
  {
    reasons: ['token_invalid'],
    setting: CONFIG_KEYS.maxTokenAge,
    lift: (jwt) => ({ ...jwt, maxTokenAgeSeconds: null }),
  },
  {
    reasons: ['token_invalid', 'token_expired'],
    setting: CONFIG_KEYS.clockTolerance,
    lift: (jwt) => ({ ...jwt, clockToleranceSeconds: ENDLESS_SECONDS }),
  },
  {
    reasons: ['token_invalid'],
    setting: { ofIssuer: 'requiredClaims' },
    lift: (jwt) =>
      withIssuers(jwt, (issuer) => ({ ...issuer, requiredClaims: issuer.requiredClaims.slice(1) })),
  },
  {
    reasons: ['token_invalid'],
    setting: { ofIssuer: 'boundClaims' },
    lift: (jwt) =>
      withIssuers(jwt, (issuer) => ({ ...issuer, boundClaims: issuer.boundClaims.slice(1) })),
  },
  {
    reasons: ['email_domain_not_allowed'],
    setting: null,
    lift: (jwt) => ({ ...jwt, allowedEmailDomains: null }),
  },
  {
    reasons: ['email_not_verified'],
    setting: null,
    lift: (jwt) => ({ ...jwt, requireVerifiedEmail: false }),
  },
  {
    reasons: ['role_missing'],
    setting: CONFIG_KEYS.enforceIdentity,
    lift: (jwt) => ({ ...jwt, rbac: { ...jwt.rbac, enforceIdentity: false } }),
  },
  {
    reasons: ['role_missing'],
    setting: null,
    lift: (jwt) => ({ ...jwt, rbac: { ...jwt.rbac, enforceRole: false } }),
  },
  {
    reasons: ['scope_insufficient'],
    setting: null,
    lift: (jwt) => ({ ...jwt, scopeMappings: null }),
  },
  { reasons: ['team_required'], setting: null, lift: withoutTeamDemand },
];

/**
 * Returns the settings without the demand that a call was refused for, so that what else its token lacks can be seen;
 * `null` where the refusal has no such demand. For explanations alone: nothing is admitted by them.
 * @param settings the settings that refused
 */
export function withoutDemand(settings: Settings, record: DecisionRecord): Settings | null {
  const key = record.steps.findLast(({ outcome }) => outcome === 'refused')?.config_key ?? '';
  const demand = DEMANDS.find(
    ({ reasons, setting }) =>
      reasons.includes(record.reason ?? '') && isAt(key, setting, settings.jwt),
  );
  return demand === undefined ? null : { ...settings, jwt: demand.lift(settings.jwt) };
}

function isAt(key: string, setting: Demand['setting'], { issuers }: JwtSettings): boolean {
  if (setting === null || typeof setting === 'string') return setting === null || setting === key;
  return issuers.some((issuer) => issuerKeysOf(issuer)[setting.ofIssuer] === key);
}

function withIssuers(
  jwt: JwtSettings,
  lifted: (issuer: IssuerSettings) => IssuerSettings,
): JwtSettings {
  return { ...jwt, issuers: jwt.issuers.map(lifted) };
}

function withoutTeamDemand(jwt: JwtSettings): JwtSettings {
  const optional = (claims: ClaimFields): ClaimFields => ({ ...claims, isTeamOptional: true });
  const issuers = jwt.issuers.map((issuer) => ({ ...issuer, claims: optional(issuer.claims) }));
  const teams = { ...jwt.teams, isTeamRequiredForModels: false };
  return { ...jwt, issuers, claims: optional(jwt.claims), teams };
}
