import { commonRoutes, type Principal, type Role } from '#libs/access';
import type { Settings } from '#libs/config';
import type { KeyRegistration } from '#libs/keys';
import { keyClaimOf } from '../claims/virtual-key-field.js';

/** The ids and limits of an admitted call. */
interface AdmittedIdentity {
  readonly role: Role;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly orgId: string | null;
  /** What `routeLimitsOf` says of the caller. */
  readonly routeLimits: readonly (readonly string[])[];
}

/**
 * Returns the key to register for an admitted token by
 * `unregistered_jwt_client_behavior: auto_register`; `null` for a caller that has a key or is an
 * administrator, and where that setting is off. A caller without a key has no mapping either, because
 * with one its token would run as the key.
 * @param identity ids and limits of the call
 * @param settings the issuers, and whether tokens receive keys
 */
export function planKeyRegistration(
  principal: Principal,
  identity: AdmittedIdentity,
  settings: Pick<Settings, 'jwt' | 'access'>,
): KeyRegistration | null {
  if (!getsKey(principal, identity.role, settings)) return null;
  const held = keyClaimOf(principal, settings.jwt)?.held ?? null;
  const allowedRoutes = commonRoutes(identity.routeLimits);
  if (held === null || allowedRoutes === null) return null;
  const { issuer } = principal;
  const { name: claimName, value: claimValue } = held;
  const { userId, teamId, orgId: organizationId } = identity;
  return { claimName, claimValue, issuer, userId, teamId, organizationId, allowedRoutes };
}

/**
 * With several issuers, a token without `iss` receives no key: its mapping would hold for every issuer,
 * and the tokens of all others with the same value would run as its key.
 */
function getsKey(
  { key, isAdmin, issuer }: Principal,
  role: Role,
  settings: Pick<Settings, 'jwt' | 'access'>,
): boolean {
  if (settings.jwt.keyMapping.whenUnregistered !== 'auto_register' || key !== null) return false;
  if (isAdmin || role === 'proxy_admin') return false;
  return issuer !== null || sourcesOf(settings) === 1;
}

function sourcesOf({ jwt, access }: Pick<Settings, 'jwt' | 'access'>): number {
  const endpoints = [access.userInfo, access.introspection].filter((one) => one !== null);
  return jwt.issuers.length + endpoints.length;
}
