import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { request, type Dispatcher } from 'undici';
import { isGatehouseError, USER_AGENT, isJsonObject } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { OutboundDispatcher } from '#libs/network';
import { connectionProblem } from './connection-problem.js';
import { documentAddress } from './document-address.js';
import { readResponse } from './document-fetcher.js';
import { providerProblem } from '../failures/provider-error.js';
import { parseStrictJson } from './strict-json.js';

/** A request to a provider's endpoint. */
export interface EndpointRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Form parameters; `null` sends no body. */
  readonly form: URLSearchParams | null;
}

/** The response of a provider's endpoint. */
export interface EndpointResponse {
  readonly status: number;
  /** The JSON object of a response with status 200; `null` for any other status. */
  readonly members: Readonly<Record<string, unknown>> | null;
}

/**
 * Per provider: bounds the requests that a flood of made-up tokens causes, and the memory that a
 * slow provider holds.
 */
const MAX_RUNNING = 100;
const MAX_CONNECTIONS = 32;
const RETRY_AFTER_SECONDS = 1;
/** Bytes of an unwanted body that are read to keep its connection. */
const DISCARDED_BYTES = 16_384;

/**
 * Sends requests about tokens to endpoints of identity providers, within the limits of key sets
 * (`gatehouse.jwt.jwks`: time, size, plain http). Follows no redirect, because the request carries
 * a credential; accepts no compression. Unlike key sets, these are requested while a caller waits,
 * so connections are kept.
 */
@Injectable()
export class ProviderEndpoint implements OnModuleDestroy {
  private readonly agent: OutboundDispatcher;
  private readonly running = new Map<string, number>();

  /** @param settings hold the limits and the proxy for outgoing requests */
  constructor(private readonly settings: SettingsStore) {
    this.agent = new OutboundDispatcher(settings.current.network, { connections: MAX_CONNECTIONS });
  }

  /**
   * Returns the response to one request, with any status.
   * @throws GatehouseError `auth_provider_unavailable` if there is no response in time, if a
   *   response with status 200 is not a JSON object, or if too many requests are waiting already
   */
  async ask(endpoint: string, question: EndpointRequest): Promise<EndpointResponse> {
    const { allowHttp } = this.settings.current.jwt.jwks;
    const url = documentAddress(endpoint, { allowHttp, namedBy: null });
    const running = this.running.get(url.origin) ?? 0;
    if (running >= MAX_RUNNING) {
      const options = { retryAfterSeconds: RETRY_AFTER_SECONDS };
      throw providerProblem('too many requests are waiting for it', options);
    }
    this.running.set(url.origin, running + 1);
    try {
      return await this.exchange(url, question);
    } finally {
      this.leave(url.origin);
    }
  }

  /** Ends requests in flight. */
  async onModuleDestroy(): Promise<void> {
    await this.agent.destroy();
  }

  private leave(origin: string): void {
    const running = (this.running.get(origin) ?? 1) - 1;
    if (running > 0) this.running.set(origin, running);
    else this.running.delete(origin);
  }

  private async exchange(url: URL, question: EndpointRequest): Promise<EndpointResponse> {
    const { timeoutMs, maxBytes } = this.settings.current.jwt.jwks;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.send(url, question, signal);
      return await readEndpointResponse(response, { maxBytes, signal });
    } catch (error) {
      if (isGatehouseError(error)) throw error;
      const problem = signal.aborted ? 'it did not answer in time' : connectionProblem(error);
      throw providerProblem(problem, { cause: error, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
  }

  /**
   * The request has no side effect, and the provider may close a kept connection at the moment of
   * its reuse, so it is repeated once.
   */
  private async send(
    url: URL,
    question: EndpointRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const attempt = () =>
      request(url, {
        dispatcher: this.agent,
        method: question.method,
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          'user-agent': USER_AGENT,
          ...(question.form === null ? {} : FORM_HEADERS),
          ...question.headers,
        },
        ...(question.form === null ? {} : { body: question.form.toString() }),
        signal,
      });
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !isHungUp(error)) throw error;
      return attempt();
    }
  }
}

/** Tells whether the other side closed the connection, which it may do at any time while nothing is asked. */
function isHungUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CLOSED_SOCKET_CODES.has(error.code);
}

const CLOSED_SOCKET_CODES: ReadonlySet<unknown> = new Set([
  'UND_ERR_SOCKET',
  'ECONNRESET',
  'EPIPE',
]);
const FORM_HEADERS = { 'content-type': 'application/x-www-form-urlencoded' } as const;

async function readEndpointResponse(
  response: Dispatcher.ResponseData,
  limits: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<EndpointResponse> {
  const status = response.statusCode;
  if (status !== 200) {
    await response.body.dump({ limit: DISCARDED_BYTES, signal: limits.signal });
    return { status, members: null };
  }
  const bytes = await readResponse(response, limits.maxBytes);
  const json = parseStrictJson(bytes, false);
  if (!json.isValid) throw providerProblem(`its answer ${json.problem}`);
  if (!isJsonObject(json.value)) throw providerProblem('its answer is not a JSON object');
  return { status, members: json.value };
}
