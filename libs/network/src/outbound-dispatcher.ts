import { Agent, Dispatcher, Pool, ProxyAgent } from 'undici';
import { memoizeByString } from '#libs/common';
import type { NetworkSettings } from '#libs/config';
import { trustedAuthorities } from './certificates.js';
import { proxyOf } from './proxy-choice.js';

/** Longest wait for a proxy's response to CONNECT, in milliseconds. */
const TUNNEL_TIMEOUT_MS = 30_000;

/** How connections are kept. */
interface OutboundOptions extends Pool.Options {
  /** Longest wait for a connection, in milliseconds. Left out: 10 seconds. */
  readonly connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to other servers, directly or through the proxy that the environment names for them. An `https` address
 * is reached through a tunnel, so that its proxy sees the host name alone; an `http` address is forwarded.
 * Certificates are verified, those of proxies too; `NODE_TLS_REJECT_UNAUTHORIZED=0` has no effect.
 */
export class OutboundDispatcher extends Dispatcher {
  private readonly pool: Pool.Options;
  private readonly connector: {
    readonly timeout: number;
    readonly rejectUnauthorized: true;
    readonly ca?: string[];
  };
  private readonly direct: Agent;
  private readonly proxies = new Map<string, ProxyAgent>();
  private readonly wayTo = memoizeByString((origin): Dispatcher => {
    const proxy = proxyOf(new URL(origin), this.network);
    return proxy === null ? this.direct : this.through(proxy);
  });

  /**
   * @param network proxies and certificate authorities
   * @param options how connections are kept
   */
  constructor(
    private readonly network: NetworkSettings,
    { connectTimeoutMs = CONNECT_TIMEOUT_MS, ...pool }: OutboundOptions = {},
  ) {
    super();
    this.pool = pool;
    const ca = trustedAuthorities(network);
    const trust = ca === undefined ? {} : { ca };
    this.connector = { timeout: connectTimeoutMs, rejectUnauthorized: true, ...trust };
    this.direct = new Agent({ ...pool, connect: this.connector });
  }

  /** Sends a request on a connection to its origin. */
  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    return this.wayTo(String(options.origin)).dispatch(options, handler);
  }

  /** Waits for every request, then closes the connections. */
  override async close(): Promise<void> {
    await Promise.all(this.agents().map((agent) => agent.close()));
  }

  /** Closes the connections. Requests in flight fail. */
  override async destroy(): Promise<void> {
    await Promise.all(this.agents().map((agent) => agent.destroy()));
  }

  private agents(): Dispatcher[] {
    return [this.direct, ...this.proxies.values()];
  }

  private through(uri: string): ProxyAgent {
    const known = this.proxies.get(uri);
    if (known !== undefined) return known;
    const { pool, connector } = this;
    const made = new ProxyAgent({
      ...pool,
      uri,
      requestTls: connector,
      proxyTls: connector,
      // undici gives a pool towards the proxy the connector alone.
      factory: (origin: string, options: object) => new Pool(origin, { ...pool, ...options }),
      clientFactory: (origin: URL, options: object) =>
        new Pool(origin, { ...options, headersTimeout: TUNNEL_TIMEOUT_MS }),
    });
    this.proxies.set(uri, made);
    return made;
  }
}
