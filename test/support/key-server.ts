import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

const DISCOVERY_PATH = '/.well-known/openid-configuration';

/**
 * A real HTTP server that publishes keys and can be made to behave badly. It counts every request,
 * so that tests can tell how often, and whether at all, it was asked.
 */
export class KeyServer {
  /** Requests for the key set. */
  keyFetches = 0;
  /** Requests for the discovery document. */
  discoveryFetches = 0;
  /** The published keys. */
  keys: unknown[] = [];
  /** Answers in place of the key set when set. */
  behaviour: RequestListener | null = null;
  /** Laid over the discovery document. */
  discovery: Readonly<Record<string, unknown>> = {};
  private port = 0;
  private server: Server | null = null;

  /** Starts one that publishes the given keys. */
  static async start(...keys: unknown[]): Promise<KeyServer> {
    const server = new KeyServer();
    server.keys = keys;
    await server.resume();
    return server;
  }

  /** Address without path; also the `iss` of its tokens. */
  get origin(): string {
    return `http://127.0.0.1:${String(this.port)}`;
  }

  /** Address of the key set. */
  get jwksUrl(): string {
    return `${this.origin}/jwks`;
  }

  /** Address of the discovery document. */
  get discoveryUrl(): string {
    return `${this.origin}${DISCOVERY_PATH}`;
  }

  /** All requests so far. */
  get fetches(): number {
    return this.keyFetches + this.discoveryFetches;
  }

  /** Refuses connections from now on. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }

  /** Answers (again), at the same address. */
  async resume(): Promise<void> {
    const server = createServer((request, response) => {
      this.answer(request, response);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === DISCOVERY_PATH) {
      this.discoveryFetches += 1;
      sendJson(response, { issuer: this.origin, jwks_uri: this.jwksUrl, ...this.discovery });
      return;
    }
    this.keyFetches += 1;
    if (this.behaviour === null) sendJson(response, { keys: this.keys });
    else this.behaviour(request, response);
  }
}

function sendJson(response: ServerResponse, document: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(document));
}
