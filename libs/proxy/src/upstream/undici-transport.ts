import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { OutboundDispatcher } from '#libs/network';
import { UndiciCall } from './undici-call.js';
import { UpstreamTransport, type CallLimits, type UpstreamRequest } from './upstream-call.js';

/**
 * Calls upstreams over undici, with a pool of connections for each origin. Certificates are verified;
 * redirects are never followed, because the credential would travel with them; nothing is retried here.
 */
@Injectable()
export class UndiciTransport extends UpstreamTransport implements OnModuleDestroy {
  // HTTP/1.1 alone: one call per connection, so that a slow reader stalls its own upstream and no other.
  private readonly agent: OutboundDispatcher;

  /** @param settings for the way to other servers */
  constructor(settings: SettingsStore) {
    super();
    this.agent = new OutboundDispatcher(settings.current.network, {
      allowH2: false,
      // The call has its own limits; undici's would end a model that thinks for long.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends a request.
   * @param request what to send; an empty body is none
   */
  override send(request: UpstreamRequest, limits: CallLimits): UndiciCall {
    const call = new UndiciCall(limits);
    try {
      const { origin, path, method, headers } = request;
      // In one piece: an upstream that answers before it has read the request, and closes the connection, would make a
      // later write fail before its answer is read.
      const body = request.body.length === 0 ? null : request.body.joined();
      this.agent.dispatch({ origin, path, method, headers, body }, call);
    } catch (error) {
      call.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
    }
    return call;
  }

  /** Closes every connection. Calls that are still running fail. */
  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }
}
