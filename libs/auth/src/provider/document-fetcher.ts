import { isUtf8 } from 'node:buffer';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { request, type Dispatcher } from 'undici';
import { isGatehouseError, USER_AGENT } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { OutboundDispatcher } from '#libs/network';
import { connectionProblem } from './connection-problem.js';
import { providerProblem } from '../failures/provider-error.js';

/** Bounds of one fetch. */
export interface FetchLimits {
  /** Largest document in bytes. */
  readonly maxBytes: number;
  /** Ends the fetch, body included. */
  readonly signal: AbortSignal;
}

/**
 * Fetches JSON documents from identity providers. Follows no redirect, accepts no compression (a
 * small response could expand), stops at the size limit, and keeps no connection open.
 */
@Injectable()
export class DocumentFetcher implements OnModuleDestroy {
  private readonly agent: OutboundDispatcher;

  /** @param settings for the way to other servers */
  constructor(settings: SettingsStore) {
    this.agent = new OutboundDispatcher(settings.current.network, { pipelining: 0 });
  }

  /**
   * Returns the parsed document.
   * @param url an address that passed {@link documentAddress}
   * @param limits bounds of time and size
   * @throws GatehouseError `auth_provider_unavailable` unless the response has status 200 with JSON
   *   in time
   */
  async fetch(url: URL, limits: FetchLimits): Promise<unknown> {
    try {
      const response = await request(url, {
        dispatcher: this.agent,
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          'user-agent': USER_AGENT,
        },
        signal: limits.signal,
      });
      if (response.statusCode !== 200) {
        discard(response);
        throw providerProblem(`it answered with status ${String(response.statusCode)}`);
      }
      return parseDocument(await readResponse(response, limits.maxBytes));
    } catch (error) {
      if (isGatehouseError(error)) throw error;
      const problem = limits.signal.aborted
        ? 'it did not answer in time'
        : connectionProblem(error);
      throw providerProblem(problem, { cause: error });
    }
  }

  /** Ends fetches in flight. */
  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }
}

/**
 * Returns the bytes of a response, which must not be compressed and must be within a limit.
 * @param response a response with an unread body
 * @throws GatehouseError `auth_provider_unavailable`
 */
export async function readResponse(
  response: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<Buffer> {
  const { headers, body } = response;
  const refuse = (problem: string): Error => {
    discard(response);
    return providerProblem(problem);
  };
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw refuse('its answer is compressed');
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxBytes) throw refuse('its answer is too large (gatehouse.jwt.jwks.max_bytes)');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

/** An unread body would hold its connection. */
function discard({ body }: Dispatcher.ResponseData): void {
  body.on('error', () => undefined).destroy();
}

function parseDocument(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw providerProblem('its answer is not JSON');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw providerProblem('its answer is not JSON');
  }
}
