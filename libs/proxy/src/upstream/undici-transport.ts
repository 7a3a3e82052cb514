import { Readable } from 'node:stream';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Dispatcher } from 'undici';
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
   * @param request what to send; `POST`
   */
  override send(request: UpstreamRequest, limits: CallLimits): UndiciCall {
    const call = new UndiciCall(limits);
    try {
      const { origin, path } = request;
      this.agent.dispatch({ origin, path, method: 'POST', ...sendable(request) }, call);
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

/** A body in pieces is written as it lies; undici does not know the length of such a one. */
function sendable({
  headers,
  body,
}: UpstreamRequest): Pick<Dispatcher.RequestOptions, 'headers' | 'body'> {
  const [only, second] = body.pieces;
  if (only !== undefined && second === undefined) return { headers, body: only };
  const length = { 'content-length': String(body.length) };
  return { headers: { ...headers, ...length }, body: new PieceStream(body.pieces) };
}

/** The pieces of a body in order. `Readable.from` would make several promises for each. */
class PieceStream extends Readable {
  private sent = 0;

  constructor(private readonly pieces: readonly Buffer[]) {
    super();
  }

  override _read(): void {
    this.push(this.pieces[this.sent++] ?? null);
  }
}
