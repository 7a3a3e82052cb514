import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { OutboundDispatcher } from '#libs/network';
import { UpstreamExchange, type ExchangeLimits } from './upstream-exchange.js';

/** One request to an upstream, complete. */
export interface UpstreamRequest {
  /** Scheme, host and port, from the configuration alone. */
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Calls upstreams over undici, with a pool of connections for each origin. Certificates are verified;
 * redirects are never followed, because the credential would travel with them; nothing is retried here.
 */
@Injectable()
export class UpstreamClient implements OnModuleDestroy {
  // HTTP/1.1 alone: one call per connection, so that a slow reader stalls its own upstream and no other.
  private readonly agent: OutboundDispatcher;

  /** @param settings for the way to other servers */
  constructor(settings: SettingsStore) {
    this.agent = new OutboundDispatcher(settings.current.network, {
      allowH2: false,
      // The exchange has its own limits; undici's would end a model that thinks for long.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends a request.
   * @param request what to send; `POST`
   */
  send(request: UpstreamRequest, limits: ExchangeLimits): UpstreamExchange {
    const exchange = new UpstreamExchange(limits);
    try {
      this.agent.dispatch({ ...request, method: 'POST' }, exchange);
    } catch (error) {
      exchange.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
    }
    return exchange;
  }

  /** Closes every connection. Calls that are still running fail. */
  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }
}
