import { BlockList, isIP } from 'node:net';
import { isLoopbackHost, type NetworkSettings } from '#libs/config';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };
const ENTRY_WITH_PORT = /^(?<host>\[[^\]]+\]|[^:[\]]+):(?<port>\d+)$/;
const NETWORK = /^(?<address>[0-9a-f.:]+)\/(?<prefix>\d{1,3})$/i;

/**
 * Returns the proxy for an address; `null` connects directly. Loopback addresses are always reached directly.
 *
 * An entry of `NO_PROXY` is `*`, a host name (which includes its subdomains, as in curl), `.domain` or `*.domain`
 * (subdomains alone for the latter), an IP address, or a network in CIDR notation; a port may follow a host.
 * @param url where a request goes
 */
export function proxyOf(url: URL, network: NetworkSettings): string | null {
  const proxy = url.protocol === 'https:' ? network.httpsProxy : network.httpProxy;
  if (proxy === null) return null;
  const host = bareHost(url.hostname);
  if (isLoopbackHost(host)) return null;
  const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? '') : url.port;
  return network.noProxy.some((entry) => matches(entry, host, port)) ? null : proxy;
}

function matches(entry: string, host: string, port: string): boolean {
  const { host: named = entry, port: wanted = port } = ENTRY_WITH_PORT.exec(entry)?.groups ?? {};
  return wanted === port && matchesHost(bareHost(named), host);
}

function matchesHost(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  if (isIP(host) !== 0) return isSameAddress(pattern, host);
  if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1));
  const domain = pattern.replace(/^\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isSameAddress(pattern: string, address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  const network = NETWORK.exec(pattern)?.groups;
  try {
    if (network?.['address'] === undefined) list.addAddress(pattern, familyOf(pattern));
    else {
      const { address: start, prefix } = network;
      list.addSubnet(start, Number(prefix), familyOf(start));
    }
  } catch {
    // A name, or a prefix that is too long.
    return false;
  }
  return list.check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** In lower case, without the brackets of an IPv6 address and the dot of a fully qualified name. */
function bareHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.+)\]$/, '$1')
    .replace(/(?<=.)\.$/, '');
}
