import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Credentials of the gateway at the fake directory. */
const GRAPH_CLIENT = { id: 'gatehouse-app', secret: 'graph-secret' };

const TOKEN_PATH = '/tenant/oauth2/v2.0/token';
const ACCESS_TOKEN = 'a token for the directory'.replaceAll(' ', '-');
const PAGE_SIZE = 100;

/**
 * A directory that answers as Microsoft Graph documents it (learn.microsoft.com, "List a user's memberships (direct and
 * transitive)": transitiveMemberOf cast to groups, pages of 100 with @odata.nextLink, 404 Request_ResourceNotFound), and
 * the token endpoint of the client-credentials grant before it.
 */
export class FakeGraph {
  /** Path and query of every request for groups. */
  readonly asked: string[] = [];
  /** How often a token was asked for. */
  tokens = 0;

  private constructor(
    private readonly members: ReadonlyMap<string, readonly string[]>,
    private readonly server: Server,
    private readonly origin: string,
  ) {}

  /**
   * Starts one.
   * @param members object ids of people with those of their groups
   */
  static async start(members: ReadonlyMap<string, readonly string[]>): Promise<FakeGraph> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const graph = new FakeGraph(members, server, `http://127.0.0.1:${String(port)}`);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void graph.answer(request, response).catch(() => response.destroy());
    });
    return graph;
  }

  /** `gatehouse.jwt.group_overage` for this directory, on one line. */
  get configuration(): string {
    const endpoint = `${this.origin}/v1.0/users/{oid}/transitiveMemberOf/microsoft.graph.group?$select=id`;
    return `{ endpoint: "${endpoint}", token_url: "${this.origin}${TOKEN_PATH}", client_id: ${GRAPH_CLIENT.id}, client_secret: ${GRAPH_CLIENT.secret}, scope: "https://graph.microsoft.com/.default" }`;
  }

  /** Refuses connections from now on. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === TOKEN_PATH) {
      const form = new URLSearchParams(await text(request));
      const isKnown =
        form.get('grant_type') === 'client_credentials' &&
        form.get('client_id') === GRAPH_CLIENT.id &&
        form.get('client_secret') === GRAPH_CLIENT.secret &&
        form.get('scope') === 'https://graph.microsoft.com/.default';
      this.tokens += 1;
      const granted = { token_type: 'Bearer', expires_in: 3599, access_token: ACCESS_TOKEN };
      send(response, isKnown ? 200 : 401, isKnown ? granted : { error: 'invalid_client' });
      return;
    }
    const target = request.url ?? '';
    this.asked.push(target);
    if (request.headers.authorization !== `Bearer ${ACCESS_TOKEN}`) {
      send(response, 401, { error: { code: 'InvalidAuthenticationToken' } });
      return;
    }
    this.list(new URL(target, this.origin), response);
  }

  private list(url: URL, response: ServerResponse): void {
    const [, id = ''] = /^\/v1\.0\/users\/([^/]+)\//.exec(url.pathname) ?? [];
    const groups = this.members.get(decodeURIComponent(id));
    if (groups === undefined) {
      send(response, 404, { error: { code: 'Request_ResourceNotFound' } });
      return;
    }
    const start = Number(url.searchParams.get('$skiptoken') ?? '0');
    const end = start + PAGE_SIZE;
    const next = new URL(url);
    next.searchParams.set('$skiptoken', String(end));
    send(response, 200, {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#groups(id)',
      ...(end < groups.length ? { '@odata.nextLink': next.href } : {}),
      value: groups.slice(start, end).map((group) => ({ id: group })),
    });
  }
}

function send(response: ServerResponse, status: number, document: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(document));
}
