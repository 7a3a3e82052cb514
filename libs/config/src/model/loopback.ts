import { isIPv4, isIPv6 } from 'node:net';

/**
 * Tells whether an address or host name is this machine's own, which no other machine can reach:
 * 127.0.0.0/8, `::1` (with or without brackets) and `localhost` (RFC 6761 section 6.3).
 * @param host address or name, as in a URL or a listening address
 */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost') return true;
  if (isIPv4(name)) return name.startsWith('127.');
  if (!isIPv6(name)) return false;
  return new URL(`http://[${name}]/`).hostname === '[::1]';
}
