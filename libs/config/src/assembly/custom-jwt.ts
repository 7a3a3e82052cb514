import { Place } from '../diagnostics/config-diagnostics.js';
import {
  AUDIENCE_VALIDATION_KEYS,
  CUSTOM_JWT_FUNCTION,
  CUSTOM_JWT_KEYS,
} from '../names/litellm-jwt-names.js';
import { PATHS } from '../names/litellm-names.js';
import type {
  AudienceRule,
  ClaimField,
  ClaimFields,
  IssuerSettings,
} from '../model/jwt-settings.js';
import { plainClaim } from '../schema/claim-field.config.js';
import type { CustomJwtValue } from '../schema/custom-jwt.config.js';
import { accessTokenRuleOf } from './access-token-rules.js';
import { refusePlainHttp } from './plain-http.js';
import type { Sources } from './sources.js';

/** The custom-JWT form, `custom_auth` with `jwt_settings` (LiteLLM, custom-JWT guide). */
export interface CustomJwt {
  readonly entry: IssuerSettings;
  readonly clockToleranceSeconds: number;
}

/** Seconds for which that form keeps a key set. */
export const CUSTOM_JWT_KEY_TTL_SECONDS = 3600;

/** Roles that the guide's code knows, compared in lower case; any other is an internal user. */
export const CUSTOM_JWT_ROLES: Readonly<Record<string, string>> = {
  admin: 'proxy_admin',
  proxy_admin: 'proxy_admin',
  user: 'internal_user',
  internal_user: 'internal_user',
  viewer: 'internal_user_viewer',
  internal_user_viewer: 'internal_user_viewer',
  team: 'team',
  customer: 'customer',
};

/**
 * The built-in form of the custom-JWT guide; `null` where it is not asked for, or has problems.
 * @param claims the fields of other tokens, whose scopes hold here too
 */
export function customJwtOf(sources: Sources, claims: ClaimFields): CustomJwt | null {
  const { root, findings } = sources;
  const { customAuth, customAuthSettings, customJwt } = root.general;
  const place = new Place(PATHS.customJwt, findings);
  if ([place, new Place(PATHS.customAuth, findings)].some(isRefused)) return null;
  if (customAuth === null || customAuthSettings.mode === 'off') {
    if (customJwt !== null) evaluateUnused(customAuth !== null, place);
    return null;
  }
  if (customJwt === null) {
    place.refuse(
      'is missing: JWT settings not configured, though custom_auth asks for them',
      'Write issuer, audience and public_key_url there.',
    );
    return null;
  }
  if (root.general.jwtAuth !== null)
    new Place(PATHS.jwtAuth, findings).refuse(
      'stands beside jwt_settings, and they say different things about the same tokens',
      'Keep one: "gatehouse check" without litellm_jwtauth prints what jwt_settings is in today’s keys.',
    );
  refusePlainHttp(
    [customJwt.publicKeyUrl],
    root.gatehouse.jwt.jwks.allowHttp,
    place.at(CUSTOM_JWT_KEYS.publicKeyUrl),
  );
  const entry = {
    configPath: PATHS.customJwt,
    issuer: customJwt.issuer,
    isGlobal: false,
    preset: null,
    keyUrls: [customJwt.publicKeyUrl],
    publicKeys: [],
    audience: audienceOf(customJwt, place),
    algorithms: [customJwt.algorithm],
    isKeyIdRequired: true,
    requiredClaims: ['sub'],
    boundClaims: [],
    accessTokens: accessTokenRuleOf(null),
    acceptedTypes: [],
    claims: fieldsOf(customJwt, claims),
    principalTemplate: null,
  };
  return { entry, clockToleranceSeconds: customJwt.clockToleranceSeconds };
}

function evaluateUnused(isSwitchedOff: boolean, place: Place): void {
  if (isSwitchedOff) place.warn('has no effect: custom_auth_settings.mode is off');
  else
    place.refuse(
      'stands without custom_auth',
      `Write custom_auth: ${CUSTOM_JWT_FUNCTION} beside it, or remove it.`,
    );
}

/** A wrong value has been refused already; what follows from it is not worth a word. */
function isRefused({ path, findings }: Place): boolean {
  return findings.problems.some((problem) => problem.path.startsWith(path));
}

function audienceOf(settings: CustomJwtValue, place: Place): AudienceRule {
  const { mode, audiences, patterns, domains } = settings.audienceValidation;
  const given = settings.audience ?? [];
  const several = [...given, ...audiences];
  const rules: Readonly<Record<typeof mode, AudienceRule>> = {
    single: { values: given, patterns: [], domains: [] },
    multiple: { values: several, patterns: [], domains: [] },
    domain_patterns: { values: given, patterns, domains: [] },
    flexible: { values: several, patterns, domains },
  };
  const rule = rules[mode];
  if (rule.values.length + rule.patterns.length + rule.domains.length === 0)
    place
      .at(CUSTOM_JWT_KEYS.audience)
      .refuse('is missing', 'Write the audience that tokens must have, or a list.');
  warnOfUnused(settings, rule, place.at(CUSTOM_JWT_KEYS.audienceValidation));
  return rule;
}

function warnOfUnused(settings: CustomJwtValue, rule: AudienceRule, place: Place): void {
  const { mode, audiences, patterns, domains } = settings.audienceValidation;
  const unused = {
    audiences: audiences.length > 0 && mode !== 'multiple' && mode !== 'flexible',
    patterns: patterns.length > 0 && rule.patterns.length === 0,
    domains: domains.length > 0 && rule.domains.length === 0,
  };
  for (const name of ['audiences', 'patterns', 'domains'] as const)
    if (unused[name])
      place
        .at(AUDIENCE_VALIDATION_KEYS[name])
        .warn(`has no effect with ${AUDIENCE_VALIDATION_KEYS.mode}: ${mode}`);
  if (rule.patterns.some((pattern) => /^[*?]+$/.test(pattern)))
    place
      .at(AUDIENCE_VALIDATION_KEYS.patterns)
      .warn('accepts every audience: tokens made for other applications get in');
}

function fieldsOf({ claims: names }: CustomJwtValue, claims: ClaimFields): ClaimFields {
  return {
    ...claims,
    userId: flatClaim(names.userId),
    userEmail: flatClaim(names.userEmail),
    teamId: flatClaim(names.teamId),
    // That form lets tokens in that name no team.
    isTeamOptional: true,
    isTeamSoft: false,
    userRole: { ...flatClaim(names.userRole), lower: true, map: CUSTOM_JWT_ROLES },
  };
}

/** The names of that form are names, not paths: a dot belongs to the name. */
function flatClaim(name: string): ClaimField {
  return plainClaim(name.replaceAll('.', String.raw`\.`));
}
