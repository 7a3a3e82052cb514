import { isLoopbackHost } from '#libs/config';
import { providerProblem } from '../failures/provider-error.js';

/** What decides whether an address may be asked. */
export interface AddressRules {
  /** Accepts plain http beyond loopback. */
  readonly allowHttp: boolean;
  /** The discovery document that named the address; `null` when it comes from the configuration. */
  readonly namedBy: URL | null;
}

/**
 * The address of a key set or discovery document, if it may be asked: https, or http to loopback.
 * An address out of a discovery document is held to more: a provider elsewhere must not be able to
 * point this process at its own machine or at a metadata service.
 * @throws GatehouseError `auth_provider_unavailable`
 */
export function documentAddress(text: string, rules: AddressRules): URL {
  if (!URL.canParse(text)) throw providerProblem('the address is not a URL');
  const url = new URL(text);
  const isLocal = isLoopbackHost(url.hostname);
  const isProtected = url.protocol === 'https:';
  if (!isProtected && url.protocol !== 'http:') throw providerProblem('the address is not https');
  if (!isProtected && !isLocal && !rules.allowHttp) {
    throw providerProblem('the address is plain http (gatehouse.jwt.jwks.allow_http)');
  }
  if (rules.namedBy !== null) refuseInternalAddress(url, rules.namedBy);
  return url;
}

/** An address as it may be logged: without user information and query. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return 'invalid address';
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}

function refuseInternalAddress(url: URL, namedBy: URL): void {
  const { hostname } = url;
  const isLinkLocal = hostname.startsWith('169.254.') || /^\[fe[89ab]/.test(hostname);
  const isForeignLoopback = isLoopbackHost(hostname) && !isLoopbackHost(namedBy.hostname);
  if (isLinkLocal || isForeignLoopback || url.username !== '' || url.password !== '') {
    throw providerProblem('the discovery document names an address that may not be asked');
  }
}
