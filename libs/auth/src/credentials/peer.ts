import { isIPv4 } from 'node:net';
import type { CredentialHeaders } from './bearer-token.js';

/** The other end of the connection. */
export interface Peer {
  readonly remoteAddress: string | undefined;
}

/** Headers by which proxies show that they forward a request. */
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
 * Returns true if a request certainly comes from this machine: its peer is a loopback address, and
 * no header shows a proxy on this machine.
 * @param headers the request's headers
 */
export function isLocalCaller(peer: Peer, headers: CredentialHeaders): boolean {
  const address = (peer.remoteAddress ?? '').replace(/^::ffff:/i, '');
  const isLoopback = address === '::1' || (isIPv4(address) && address.startsWith('127.'));
  return isLoopback && FORWARDING_HEADERS.every((name) => headers[name] === undefined);
}
