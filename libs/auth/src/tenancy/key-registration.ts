import { commonRoutes, type Principal, type Role } from '#libs/access';
import type { Settings } from '#libs/config';
import type { KeyRegistration } from '#libs/keys';
import { keyClaimOf } from '../claims/virtual-key-field.js';

/** For whom an admitted call is made. */
interface AdmittedIdentity {
  readonly role: Role;
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly orgId: string | null;
  /** What `routeLimitsOf` says of the caller. */
  readonly routeLimits: readonly (readonly string[])[];
}

/**
 * The key that an admitted token is to get by `unregistered_jwt_client_behavior: auto_register`; `null` for callers
 * that have one, that are administrators, or where keys are not made so. That no mapping exists follows from the
 * principal: with one it would run as the key.
 * @param identity for whom the call is made
 * @param settings where tokens come from, and whether they get keys
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
 * Of a token without an issuer nobody can tell whose it is where tokens come from several places: a mapping for every
 * issuer would let the tokens of all others with the same value run as its key.
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
