import type { IncomingHttpHeaders } from 'node:http';

/** The address at which clients reach this gateway. */
export interface PublicAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path below which every route stands, without slash at its end; empty for none. */
  readonly path: string;
}

/** Well-known path of protected resource metadata (RFC 9728 section 3.1). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource';

const HOST = /^(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/**
 * Where the client of a request reaches this gateway: the configured address, else the one that it used, which is
 * its `Host` and, because TLS usually ends in front of us, `X-Forwarded-Proto`. What a client sends there comes back to
 * itself alone, and nothing else follows from it.
 * @param publicUrl `gatehouse.public_url`; `null` when it is not configured
 * @param rootPath prefix of every route, where the address is not configured
 * @returns `null` when the request does not name a host
 */
export function publicAddressOf(
  headers: IncomingHttpHeaders,
  publicUrl: string | null,
  rootPath = '',
): PublicAddress | null {
  if (publicUrl !== null) {
    const { origin, pathname } = new URL(publicUrl);
    return { origin, path: pathname.replace(/\/+$/, '') };
  }
  const { host } = headers;
  if (host === undefined || !HOST.test(host)) return null;
  const address = `${schemeOf(headers)}://${host}`;
  return URL.canParse(address) ? { origin: new URL(address).origin, path: rootPath } : null;
}

/**
 * Address of the metadata of the whole gateway, for challenges (RFC 9728 section 5.1).
 * @param address where clients reach the gateway
 */
export function metadataAddressOf({ origin, path }: PublicAddress): string {
  return `${origin}${METADATA_PATH}${path}`;
}

function schemeOf(headers: IncomingHttpHeaders): 'http' | 'https' {
  const forwarded = headers['x-forwarded-proto'];
  const [first = ''] = (typeof forwarded === 'string' ? forwarded : '').split(',', 1);
  return first.trim().toLowerCase() === 'https' ? 'https' : 'http';
}
