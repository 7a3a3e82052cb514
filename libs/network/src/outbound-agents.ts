import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { NetworkSettings } from '#libs/config';
import { trustedAuthorities } from './certificates.js';
import { proxyOf } from './proxy-choice.js';

/**
 * Connects WebSockets to other servers, directly or through the proxy that the environment names for them, as
 * `OutboundDispatcher` does for requests. Certificates are verified, those of proxies too.
 */
export class OutboundAgents {
  private readonly authorities: string[] | undefined;

  constructor(private readonly network: NetworkSettings) {
    this.authorities = trustedAuthorities(network);
  }

  /**
   * Returns the agent of one connection.
   * @param url its address, `http` or `https`
   */
  for(url: URL): HttpAgent {
    const proxy = proxyOf(url, this.network);
    const isSecure = url.protocol === 'https:';
    const proxyEnv =
      proxy === null ? {} : { proxyEnv: { [isSecure ? 'HTTPS_PROXY' : 'HTTP_PROXY']: proxy } };
    if (!isSecure) return new HttpAgent(proxyEnv);
    const ca = this.authorities === undefined ? {} : { ca: this.authorities };
    return new HttpsAgent({ ...proxyEnv, ...ca, rejectUnauthorized: true });
  }
}
