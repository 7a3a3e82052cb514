import { stringify } from 'yaml';
import { CUSTOM_JWT_KEY_TTL_SECONDS, CUSTOM_JWT_ROLES } from './assembly/custom-jwt.js';
import { isCredentialLike } from './diagnostics/config-diagnostics.js';
import type { RootValue } from './schema/root.config.js';
import type { CustomJwtValue } from './schema/custom-jwt.config.js';
import type { Settings } from './model/settings.js';

/** The current syntax of the legacy keys in a file. */
export interface CurrentSyntax {
  /** The legacy keys that it replaces. */
  readonly of: readonly string[];
  /** Lines of YAML, comments included. Holds names of claims, issuers, routes and scopes, and no secret. */
  readonly lines: readonly string[];
}

/**
 * Today's form of `litellm_proxy_roles` and the first guide's `allowed_routes`, or of `custom_auth` with
 * `jwt_settings`; `null` where the file has neither.
 * @param settings what came of it
 */
export function currentSyntaxOf(
  { general_settings: general }: RootValue,
  { jwt }: Pick<Settings, 'jwt'>,
): CurrentSyntax | null {
  const {
    custom_auth: customAuth,
    custom_auth_settings: customAuthSettings,
    jwt_settings: customJwt,
    litellm_proxy_roles: proxyRoles,
    allowed_routes: allowedRoutes,
  } = general;
  if (customAuth !== null && customJwt !== null && customAuthSettings.mode !== 'off')
    return formOfCustomJwt(customJwt, jwt.clockToleranceSeconds);
  const isRouteListOld = jwt.ordinaryAllowedRoutes !== null;
  const of = [
    ...(proxyRoles === null ? [] : ['litellm_proxy_roles']),
    ...(isRouteListOld ? ['allowed_routes'] : []),
  ];
  if (of.length === 0) return null;
  const notes = isRouteListOld
    ? [
        `allowed_routes held for callers without a team, too; for those holds now what holds for any user.`,
      ]
    : [];
  return formOf(of, notes, {
    general_settings: {
      enable_jwt_auth: general.enable_jwt_auth,
      litellm_jwtauth: {
        admin_jwt_scope: jwt.adminScope,
        ...(isRouteListOld ? { team_allowed_routes: allowedRoutes } : {}),
      },
    },
  });
}

function formOfCustomJwt(settings: CustomJwtValue, clockToleranceSeconds: number): CurrentSyntax {
  const {
    mode,
    domain_patterns: patterns,
    allowed_domains: domains,
  } = settings.audience_validation;
  const isExact =
    mode === 'single' || mode === 'multiple' || patterns.length + domains.length === 0;
  const notes = isExact
    ? []
    : [`domain_patterns and allowed_domains have no other form: list the audiences.`];
  return formOf(['custom_auth', 'jwt_settings'], notes, {
    general_settings: {
      enable_jwt_auth: true,
      litellm_jwtauth: {
        admin_allowed_routes: ['*'],
        user_id_upsert: true,
        team_id_upsert: true,
        public_key_ttl: CUSTOM_JWT_KEY_TTL_SECONDS,
      },
    },
    gatehouse: {
      jwt: { clock_tolerance_seconds: clockToleranceSeconds },
      issuers: [issuerOf(settings)],
    },
  });
}

function issuerOf(settings: CustomJwtValue): Readonly<Record<string, unknown>> {
  const { mode, audiences } = settings.audience_validation;
  const hasSeveral = mode === 'multiple' || mode === 'flexible';
  const {
    user_id: userId,
    user_email: userEmail,
    user_role: userRole,
    team_id: teamId,
  } = settings.user_claim_mappings;
  return {
    issuer: settings.issuer,
    jwks_url: settings.public_key_url,
    audience: [...(settings.audience ?? []), ...(hasSeveral ? audiences : [])],
    algorithms: [settings.algorithm],
    key_id_required: true,
    required_claims: ['sub'],
    team_required: false,
    claims: {
      user_id: pathOf(userId),
      user_email: pathOf(userEmail),
      team_id: pathOf(teamId),
      user_role: { path: pathOf(userRole), lower: true, map: CUSTOM_JWT_ROLES },
    },
  };
}

/** The legacy syntax has claim names, not claim paths. */
function pathOf(name: string): string {
  return name.replaceAll('.', String.raw`\.`);
}

function formOf(of: readonly string[], notes: readonly string[], content: object): CurrentSyntax {
  const lines = stringify(content, concealCredentials).trimEnd().split('\n');
  return { of, lines: [...notes.map((note) => `# ${note}`), ...lines] };
}

/** A slip can put a secret where a name belongs; what looks like one is not repeated. */
function concealCredentials(_key: unknown, value: unknown): unknown {
  return typeof value === 'string' && isCredentialLike(value) ? '<as it stands now>' : value;
}
