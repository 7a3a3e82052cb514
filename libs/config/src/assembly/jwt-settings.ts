import { resolve } from 'node:path';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { IssuerSettings, JwtSettings, TeamClaimSettings } from '../model/jwt-settings.js';
import type { AccessSettings } from '../model/access-settings.js';
import { JWT_AUTH_SECTION, type JwtAuthValue } from '../schema/jwt-auth.config.js';
import { evaluateAuthorization, rbacOf, scopeMappingsOf } from './authorization.js';
import { claimFieldsOf } from './claim-fields.js';
import { CUSTOM_JWT_KEY_TTL_SECONDS, customJwtOf, type CustomJwt } from './custom-jwt.js';
import { adminScopeOf, isFirstGuideForm } from './legacy-proxy-roles.js';
import { globalIssuerOf, evaluateGlobalIssuer, KEY_URL_VARIABLE } from './global-issuer.js';
import { groupOverageOf } from './group-overage.js';
import { issuersOf } from './issuers.js';
import {
  warnOfAdminIssuers,
  warnOfDisabled,
  warnOfEmailLinks,
  warnOfIneffective,
  warnOfUserInfoAudience,
} from './cross-key-warnings.js';
import type { Sources } from './sources.js';

/**
 * Brings `litellm_jwtauth`, the `JWT_*` variables, the legacy syntax, `gatehouse.jwt` and the issuers together.
 * @param sources the file and the environment
 * @param access what else may prove a caller
 */
export function jwtSettingsOf(sources: Sources, access: AccessSettings): JwtSettings {
  const { root, findings } = sources;
  const { general_settings: general, gatehouse } = root;
  const jwtAuth = general.litellm_jwtauth ?? JWT_AUTH_SECTION.parse(undefined);
  const claims = claimFieldsOf(jwtAuth, gatehouse.jwt.scope_field);
  const custom = customJwtOf(sources, claims);
  // The custom-JWT form decides alone, unless the variables are asked for as well.
  const isGlobalAsked = custom === null || general.enable_jwt_auth;
  const global = isGlobalAsked ? globalIssuerOf(sources, claims) : null;
  const settings: JwtSettings = {
    ...strictnessOf(sources, custom),
    enabled: general.enable_jwt_auth || custom !== null,
    issuers: present([...issuersOf(sources, claims), custom?.entry ?? null, global]),
    claims,
    publicKeyTtlSeconds: custom === null ? jwtAuth.public_key_ttl : CUSTOM_JWT_KEY_TTL_SECONDS,
    publicKeyStaleTtlSeconds: jwtAuth.public_key_stale_ttl,
    adminScope: adminScopeOf(general, jwtAuth, findings),
    ...routesOf(sources, jwtAuth, custom),
    allowedEmailDomains: jwtAuth.user_allowed_email_domain,
    userIdUpsert: jwtAuth.user_id_upsert || custom !== null,
    orgIdUpsert: gatehouse.jwt.org_id_upsert,
    teams: teamsOf(sources, jwtAuth, custom),
    rbac: rbacOf(general, jwtAuth),
    scopeMappings: scopeMappingsOf(jwtAuth),
    customValidate: moduleOf(jwtAuth.custom_validate, sources.directory),
    keyMapping: { whenUnregistered: jwtAuth.unregistered_jwt_client_behavior },
    routingOverrides: jwtAuth.routing_overrides.map(({ iss, client_id: clientId, scope, aud }) => ({
      iss,
      clientId,
      scope,
      aud,
    })),
    adminIssuers: gatehouse.admin_issuers,
    linkByEmail: gatehouse.jwt.link_by_verified_email,
    trustedEmailIssuers: gatehouse.jwt.trusted_email_issuers,
    jwks: keySetsOf(sources),
  };
  evaluateAuthorization(general, jwtAuth, findings);
  evaluateIssuers(settings, sources, access);
  if (settings.enabled) warnOfIneffective(jwtAuth, settings, findings);
  return settings;
}

function keySetsOf({ root }: Sources): JwtSettings['jwks'] {
  const { jwks } = root.gatehouse.jwt;
  return {
    timeoutMs: jwks.timeout_ms,
    maxBytes: jwks.max_bytes,
    cooldownSeconds: jwks.cooldown_seconds,
    allowHttp: jwks.allow_http,
  };
}

type Strictness = Pick<
  JwtSettings,
  | 'requireExp'
  | 'requireSub'
  | 'clockToleranceSeconds'
  | 'maxTokenAgeSeconds'
  | 'maxTokenBytes'
  | 'acceptedTypes'
  | 'refuseDuplicateMembers'
  | 'requireVerifiedEmail'
>;

function strictnessOf({ root }: Sources, custom: CustomJwt | null): Strictness {
  const { jwt } = root.gatehouse;
  return {
    requireExp: jwt.require_exp,
    requireSub: jwt.require_sub,
    clockToleranceSeconds: Math.max(
      jwt.clock_tolerance_seconds,
      custom?.clockToleranceSeconds ?? 0,
    ),
    maxTokenAgeSeconds: jwt.max_token_age_seconds,
    maxTokenBytes: jwt.max_token_bytes,
    acceptedTypes: jwt.accepted_types,
    refuseDuplicateMembers: jwt.refuse_duplicate_members,
    requireVerifiedEmail: jwt.require_verified_email,
  };
}

/** The custom-JWT guide's administrators may call everything; the first guide's list is for all the others. */
function routesOf(
  { root }: Sources,
  jwtAuth: JwtAuthValue,
  custom: CustomJwt | null,
): Pick<JwtSettings, 'adminAllowedRoutes' | 'teamAllowedRoutes' | 'ordinaryAllowedRoutes'> {
  const { general_settings: general } = root;
  const ordinary = isFirstGuideForm(general) ? general.allowed_routes : null;
  return {
    adminAllowedRoutes: custom === null ? jwtAuth.admin_allowed_routes : ['*'],
    teamAllowedRoutes: ordinary ?? jwtAuth.team_allowed_routes,
    ordinaryAllowedRoutes: ordinary,
  };
}

/** The custom-JWT guide has no rows: its tokens name the users and teams, which are created on the first call. */
function teamsOf(
  sources: Sources,
  jwtAuth: JwtAuthValue,
  custom: CustomJwt | null,
): TeamClaimSettings {
  return {
    defaultTeamId: jwtAuth.team_id_default,
    teamIdUpsert: jwtAuth.team_id_upsert || custom !== null,
    isTeamRequiredForModels: jwtAuth.enforce_team_based_model_access,
    claimFallback: jwtAuth.team_claim_fallback,
    databaseFallback: jwtAuth.fallback_to_db_teams,
    addUserToTeam: sources.root.gatehouse.jwt.add_user_to_team,
    syncUser: jwtAuth.sync_user_role_and_teams,
    roleMap: jwtAuth.jwt_litellm_role_map.map(({ jwt_role: jwtRole, litellm_role: role }) => ({
      jwtRole,
      role,
    })),
    overage: groupOverageOf(sources),
  };
}

function moduleOf(
  path: string | null,
  directory: string,
): { readonly file: string; readonly exportName: string } | null {
  if (path === null) return null;
  const [file = '', exportName = ''] = path.split('#');
  return { file: resolve(directory, file), exportName };
}

function evaluateIssuers(settings: JwtSettings, sources: Sources, access: AccessSettings): void {
  const { findings } = sources;
  if (!settings.enabled) {
    const [first] = settings.issuers;
    if (first !== undefined) warnOfDisabled(first.configPath, findings);
    return;
  }
  if (settings.issuers.length === 0) evaluateWithoutIssuer(sources, access);
  evaluateGlobalIssuer(
    settings.issuers.find(({ isGlobal }) => isGlobal),
    sources,
  );
  warnOfAdminIssuers(settings, findings);
  warnOfEmailLinks(settings, findings);
  warnOfUserInfoAudience(settings, access.userInfo, findings);
}

function evaluateWithoutIssuer({ findings }: Sources, access: AccessSettings): void {
  const place = new ConfigPath(KEY_URL_VARIABLE, findings);
  if (access.userInfo !== null || access.introspection !== null) {
    place.warn('is not set, and there are no issuers: opaque tokens alone are accepted, no JWT is');
    return;
  }
  const isEvaluated = findings.problems.some(({ path }) => path.startsWith(KEY_URL_VARIABLE));
  if (!isEvaluated)
    place.refuse(
      `is not set, but general_settings.enable_jwt_auth is true: no token could be verified`,
      'Set it to the key-set or discovery address of the identity provider, or write gatehouse.issuers.',
    );
}

function present(entries: readonly (IssuerSettings | null)[]): readonly IssuerSettings[] {
  return entries.filter((entry) => entry !== null);
}
