import { stringify } from 'yaml';
import { CUSTOM_JWT_KEY_TTL_SECONDS, CUSTOM_JWT_ROLES } from './assembly/custom-jwt.js';
import { isCredentialLike } from './diagnostics/config-diagnostics.js';
import {
  CUSTOM_JWT_KEYS,
  JWT_AUTH_KEYS as KEYS,
  AUDIENCE_VALIDATION_KEYS,
} from './names/litellm-jwt-names.js';
import { GENERAL_KEYS, ROOT_KEYS } from './names/litellm-names.js';
import type { RootValue } from './schema/root.config.js';
import type { CustomJwtValue } from './schema/custom-jwt.config.js';
import type { Settings } from './model/settings.js';

/** The current syntax of the legacy keys in a file. */
export interface ModernForm {
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
export function modernFormOf(
  { general }: RootValue,
  { jwt }: Pick<Settings, 'jwt'>,
): ModernForm | null {
  const { customAuth, customAuthSettings, customJwt, proxyRoles, allowedRoutes } = general;
  if (customAuth !== null && customJwt !== null && customAuthSettings.mode !== 'off')
    return formOfCustomJwt(customJwt, jwt.clockToleranceSeconds);
  const isRouteListOld = jwt.ordinaryAllowedRoutes !== null;
  const of = [
    ...(proxyRoles === null ? [] : [GENERAL_KEYS.proxyRoles]),
    ...(isRouteListOld ? [GENERAL_KEYS.allowedRoutes] : []),
  ];
  if (of.length === 0) return null;
  const notes = isRouteListOld
    ? [
        `${GENERAL_KEYS.allowedRoutes} held for callers without a team, too; for those holds now what holds for any user.`,
      ]
    : [];
  return formOf(of, notes, {
    [ROOT_KEYS.general]: {
      [GENERAL_KEYS.isJwtAuthEnabled]: general.isJwtAuthEnabled,
      [GENERAL_KEYS.jwtAuth]: {
        [KEYS.adminScope]: jwt.adminScope,
        ...(isRouteListOld ? { [KEYS.teamAllowedRoutes]: allowedRoutes } : {}),
      },
    },
  });
}

function formOfCustomJwt(settings: CustomJwtValue, clockToleranceSeconds: number): ModernForm {
  const { mode, patterns, domains } = settings.audienceValidation;
  const isExact =
    mode === 'single' || mode === 'multiple' || patterns.length + domains.length === 0;
  const notes = isExact
    ? []
    : [
        `${AUDIENCE_VALIDATION_KEYS.patterns} and ${AUDIENCE_VALIDATION_KEYS.domains} have no other form: list the audiences.`,
      ];
  return formOf([GENERAL_KEYS.customAuth, GENERAL_KEYS.customJwt], notes, {
    [ROOT_KEYS.general]: {
      [GENERAL_KEYS.isJwtAuthEnabled]: true,
      [GENERAL_KEYS.jwtAuth]: {
        [KEYS.adminAllowedRoutes]: ['*'],
        [KEYS.userIdUpsert]: true,
        [KEYS.teamIdUpsert]: true,
        [KEYS.publicKeyTtlSeconds]: CUSTOM_JWT_KEY_TTL_SECONDS,
      },
    },
    [ROOT_KEYS.gatehouse]: {
      jwt: { clock_tolerance_seconds: clockToleranceSeconds },
      issuers: [issuerOf(settings)],
    },
  });
}

function issuerOf(settings: CustomJwtValue): Readonly<Record<string, unknown>> {
  const { mode, audiences } = settings.audienceValidation;
  const hasSeveral = mode === 'multiple' || mode === 'flexible';
  const { userId, userEmail, userRole, teamId } = settings.claims;
  return {
    [CUSTOM_JWT_KEYS.issuer]: settings.issuer,
    jwks_url: settings.publicKeyUrl,
    [CUSTOM_JWT_KEYS.audience]: [...(settings.audience ?? []), ...(hasSeveral ? audiences : [])],
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

function formOf(of: readonly string[], notes: readonly string[], content: object): ModernForm {
  const lines = stringify(content, concealCredentials).trimEnd().split('\n');
  return { of, lines: [...notes.map((note) => `# ${note}`), ...lines] };
}

/** A slip can put a secret where a name belongs; what looks like one is not repeated. */
function concealCredentials(_key: unknown, value: unknown): unknown {
  return typeof value === 'string' && isCredentialLike(value) ? '<as it stands now>' : value;
}
