import { isIPv4 } from 'node:net';
import type { CredentialHeaders } from './bearer-token.js';

/** Who is at the other end of the connection. */
export interface Peer {
  readonly remoteAddress: string | undefined;
}

/** Headers by which proxies tell that the request began elsewhere. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
];

/**
 * Tells whether a request certainly began on this machine: a loopback peer, and no sign of a proxy
 * that only stands here.
 * @param peer the connection's other end
 * @param headers the request's headers
 */
export function isLocalCaller(peer: Peer, headers: CredentialHeaders): boolean {
  const address = (peer.remoteAddress ?? '').replace(/^::ffff:/i, '');
  const isLoopback = address === '::1' || (isIPv4(address) && address.startsWith('127.'));
  return isLoopback && FORWARDING_HEADERS.every((name) => headers[name] === undefined);
}
