import type { IssuerPreset, JwtSettings } from '#libs/config';
import type { PublicAddress } from '../http/public-address.js';

/** Protected resource metadata (RFC 9728 section 2); members without content are left out. */
export interface ProtectedResourceMetadata {
  /** Identifier of the resource, which clients ask a token for (RFC 8707). */
  readonly resource: string;
  /** Issuers whose tokens are accepted. */
  readonly authorization_servers?: readonly string[];
  /** Scopes that open something here. */
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly string[];
}

/** Issuers of workload tokens: they have no authorization flow by which a client could get one. */
const WITHOUT_CLIENTS: readonly IssuerPreset[] = ['github-actions', 'kubernetes', 'spiffe'];

/**
 * The metadata of the gateway or of one path of it, `null` for a path that is not part of it.
 * @param address where clients reach the gateway
 * @param suffix what stood behind the well-known path: the path of the resource, empty for the whole gateway
 * @param jwt trusted issuers and scopes
 */
export function protectedResourceOf(
  address: PublicAddress,
  suffix: string,
  jwt: JwtSettings,
): ProtectedResourceMetadata | null {
  const path = suffix === '' ? address.path : suffix;
  if (path !== address.path && !path.startsWith(`${address.path}/`)) return null;
  const servers = authorizationServers(jwt);
  const scopes = [...new Set((jwt.scopeMappings ?? []).map(({ scope }) => scope))];
  return {
    resource: `${address.origin}${path}`,
    ...(servers.length === 0 ? {} : { authorization_servers: servers }),
    // Clients ask for every scope that stands here, so the administrators' does not.
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
  };
}

/** An authorization server is known by an address (RFC 8414 section 2), which not every issuer is. */
function authorizationServers({ enabled, issuers }: JwtSettings): readonly string[] {
  if (!enabled) return [];
  const names = issuers.flatMap(({ issuer, preset }) =>
    issuer !== null &&
    isWebAddress(issuer) &&
    (preset === null || !WITHOUT_CLIENTS.includes(preset))
      ? [issuer]
      : [],
  );
  return [...new Set(names)];
}

function isWebAddress(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, username, password } = new URL(issuer);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
