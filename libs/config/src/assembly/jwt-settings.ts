import { resolve } from 'node:path';
import { Place } from '../diagnostics/config-diagnostics.js';
import { PATHS } from '../names/litellm-names.js';
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
  const { general, gatehouse } = root;
  const jwtAuth = general.jwtAuth ?? JWT_AUTH_SECTION.absent;
  const claims = claimFieldsOf(jwtAuth, gatehouse.jwt.scopeField);
  const custom = customJwtOf(sources, claims);
  // The custom-JWT form decides alone, unless the variables are asked for as well.
  const isGlobalAsked = custom === null || general.isJwtAuthEnabled;
  const global = isGlobalAsked ? globalIssuerOf(sources, claims) : null;
  const settings: JwtSettings = {
    ...strictnessOf(sources, custom),
    enabled: general.isJwtAuthEnabled || custom !== null,
    issuers: present([...issuersOf(sources, claims), custom?.entry ?? null, global]),
    claims,
    publicKeyTtlSeconds: custom === null ? jwtAuth.publicKeyTtlSeconds : CUSTOM_JWT_KEY_TTL_SECONDS,
    publicKeyStaleTtlSeconds: jwtAuth.publicKeyStaleTtlSeconds,
    adminScope: adminScopeOf(general, jwtAuth, findings),
    ...routesOf(sources, jwtAuth, custom),
    allowedEmailDomains: jwtAuth.allowedEmailDomains,
    userIdUpsert: jwtAuth.userIdUpsert || custom !== null,
    teams: teamsOf(sources, jwtAuth, custom),
    rbac: rbacOf(general, jwtAuth),
    scopeMappings: scopeMappingsOf(jwtAuth),
    customValidate: moduleOf(jwtAuth.customValidate, sources.directory),
    keyMapping: { whenUnregistered: jwtAuth.whenUnregistered },
    routingOverrides: jwtAuth.routingOverrides.map(({ iss, clientId, scope, aud }) => ({
      iss,
      clientId,
      scope,
      aud,
    })),
    adminIssuers: gatehouse.adminIssuers,
    linkByEmail: gatehouse.jwt.linkByEmail,
    trustedEmailIssuers: gatehouse.jwt.trustedEmailIssuers,
    jwks: gatehouse.jwt.jwks,
  };
  evaluateAuthorization(general, jwtAuth, findings);
  evaluateIssuers(settings, sources, access);
  if (settings.enabled) warnOfIneffective(jwtAuth, settings, findings);
  return settings;
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
    requireExp: jwt.requireExp,
    requireSub: jwt.requireSub,
    clockToleranceSeconds: Math.max(jwt.clockToleranceSeconds, custom?.clockToleranceSeconds ?? 0),
    maxTokenAgeSeconds: jwt.maxTokenAgeSeconds,
    maxTokenBytes: jwt.maxTokenBytes,
    acceptedTypes: jwt.acceptedTypes,
    refuseDuplicateMembers: jwt.refuseDuplicateMembers,
    requireVerifiedEmail: jwt.requireVerifiedEmail,
  };
}

/** The custom-JWT guide's administrators may call everything; the first guide's list is for all the others. */
function routesOf(
  { root }: Sources,
  jwtAuth: JwtAuthValue,
  custom: CustomJwt | null,
): Pick<JwtSettings, 'adminAllowedRoutes' | 'teamAllowedRoutes' | 'ordinaryAllowedRoutes'> {
  const { general } = root;
  const ordinary = isFirstGuideForm(general) ? general.allowedRoutes : null;
  return {
    adminAllowedRoutes: custom === null ? jwtAuth.adminAllowedRoutes : ['*'],
    teamAllowedRoutes: ordinary ?? jwtAuth.teamAllowedRoutes,
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
    defaultTeamId: jwtAuth.defaultTeamId,
    teamIdUpsert: jwtAuth.teamIdUpsert || custom !== null,
    isTeamRequiredForModels: jwtAuth.isTeamRequiredForModels,
    claimFallback: jwtAuth.claimFallback,
    databaseFallback: jwtAuth.databaseFallback,
    addUserToTeam: sources.root.gatehouse.jwt.addUserToTeam,
    syncUser: jwtAuth.syncUser,
    roleMap: jwtAuth.roleMap,
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
  const place = new Place(KEY_URL_VARIABLE, findings);
  if (access.userInfo !== null || access.introspection !== null) {
    place.warn('is not set, and there are no issuers: opaque tokens alone are accepted, no JWT is');
    return;
  }
  const isEvaluated = findings.problems.some(({ path }) => path.startsWith(KEY_URL_VARIABLE));
  if (!isEvaluated)
    place.refuse(
      `is not set, but ${PATHS.enableJwtAuth} is true: no token could be verified`,
      'Set it to the key-set or discovery address of the identity provider, or write gatehouse.issuers.',
    );
}

function present(entries: readonly (IssuerSettings | null)[]): readonly IssuerSettings[] {
  return entries.filter((entry) => entry !== null);
}
