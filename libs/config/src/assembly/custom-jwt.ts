import { settingPlace, type SettingPlace } from '../schema/setting-path.js';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type {
  AudienceRule,
  ClaimField,
  ClaimFields,
  IssuerSettings,
} from '../model/jwt-settings.js';
import { plainClaim } from '../schema/claim-field.config.js';
import { CUSTOM_JWT_FUNCTION, type CustomJwtValue } from '../schema/custom-jwt.config.js';
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
  const {
    custom_auth: customAuth,
    custom_auth_settings: customAuthSettings,
    jwt_settings: customJwt,
  } = root.general_settings;
  const place = settingPlace('general_settings.jwt_settings', findings);
  if ([place, settingPlace('general_settings.custom_auth', findings)].some(isRefused)) return null;
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
  if (root.general_settings.litellm_jwtauth !== null)
    settingPlace('general_settings.litellm_jwtauth', findings).refuse(
      'stands beside jwt_settings, and they say different things about the same tokens',
      'Keep one: "gatehouse check" without litellm_jwtauth prints what jwt_settings is in today’s keys.',
    );
  refusePlainHttp(
    [customJwt.public_key_url],
    root.gatehouse.jwt.jwks.allow_http,
    place.at('public_key_url'),
  );
  const entry = {
    configPath: 'general_settings.jwt_settings',
    issuer: customJwt.issuer,
    isGlobal: false,
    preset: null,
    keyUrls: [customJwt.public_key_url],
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
  return { entry, clockToleranceSeconds: customJwt.leeway };
}

function evaluateUnused(isSwitchedOff: boolean, place: ConfigPath): void {
  if (isSwitchedOff) place.warn('has no effect: custom_auth_settings.mode is off');
  else
    place.refuse(
      'stands without custom_auth',
      `Write custom_auth: ${CUSTOM_JWT_FUNCTION} beside it, or remove it.`,
    );
}

/** A wrong value has been refused already; what follows from it is not worth a word. */
function isRefused({ path, findings }: ConfigPath): boolean {
  return findings.problems.some((problem) => problem.path.startsWith(path));
}

function audienceOf(settings: CustomJwtValue, place: SettingPlace<CustomJwtValue>): AudienceRule {
  const {
    mode,
    audiences,
    domain_patterns: patterns,
    allowed_domains: domains,
  } = settings.audience_validation;
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
      .at('audience')
      .refuse('is missing', 'Write the audience that tokens must have, or a list.');
  warnOfUnused(
    settings,
    rule,
    settingPlace('general_settings.jwt_settings.audience_validation', place.findings),
  );
  return rule;
}

function warnOfUnused(
  settings: CustomJwtValue,
  rule: AudienceRule,
  place: SettingPlace<CustomJwtValue['audience_validation']>,
): void {
  const {
    mode,
    audiences,
    domain_patterns: patterns,
    allowed_domains: domains,
  } = settings.audience_validation;
  const unused = {
    audiences: audiences.length > 0 && mode !== 'multiple' && mode !== 'flexible',
    domain_patterns: patterns.length > 0 && rule.patterns.length === 0,
    allowed_domains: domains.length > 0 && rule.domains.length === 0,
  };
  for (const key of ['audiences', 'domain_patterns', 'allowed_domains'] as const)
    if (unused[key]) place.at(key).warn(`has no effect with mode: ${mode}`);
  if (rule.patterns.some((pattern) => /^[*?]+$/.test(pattern)))
    place
      .at('domain_patterns')
      .warn('accepts every audience: tokens made for other applications get in');
}

function fieldsOf(
  { user_claim_mappings: names }: CustomJwtValue,
  claims: ClaimFields,
): ClaimFields {
  return {
    ...claims,
    userId: flatClaim(names.user_id),
    userEmail: flatClaim(names.user_email),
    teamId: flatClaim(names.team_id),
    // That form lets tokens in that name no team.
    isTeamOptional: true,
    isTeamSoft: false,
    userRole: { ...flatClaim(names.user_role), lower: true, map: CUSTOM_JWT_ROLES },
  };
}

/** The names of that form are names, not paths: a dot belongs to the name. */
function flatClaim(name: string): ClaimField {
  return plainClaim(name.replaceAll('.', String.raw`\.`));
}
