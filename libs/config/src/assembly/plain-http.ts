import { isLoopbackHost } from '../model/loopback.js';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';

/**
 * Refuses plain http to another machine, where an attacker on the network could read and change the traffic.
 * @param addresses addresses that have passed `httpAddress`
 * @param isAllowed `gatehouse.jwt.jwks.allow_http`
 * @param place where the addresses stand
 */
export function refusePlainHttp(
  addresses: readonly string[],
  isAllowed: boolean,
  place: ConfigPath,
): void {
  const isAnyPlain = addresses.some((address) => {
    const { protocol, hostname } = new URL(address);
    return protocol === 'http:' && !isLoopbackHost(hostname);
  });
  if (isAnyPlain && !isAllowed)
    place.refuse(
      'has an address with plain http beyond this machine, where an attacker on the network could change the traffic',
      'Write https://…, or set gatehouse.jwt.jwks.allow_http: true.',
    );
}
