import { WebSocket, type ClientOptions } from 'ws';
import { eventually } from './eventually.js';

/** An event as tests look at it. */
export interface RealtimeMessage {
  readonly type: string;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

/** A client of a session, with everything that it was told. */
export class RealtimeClient {
  readonly messages: RealtimeMessage[] = [];
  readonly texts: string[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;

  private constructor(
    readonly socket: WebSocket,
    readonly headers: Readonly<Record<string, unknown>>,
  ) {}

  /**
   * Connects, and resolves with the client, or with the response that refuses the connection.
   * @param url of the gateway, `http`
   */
  static connect(
    url: string,
    path: string,
    options: ClientOptions & { readonly protocols?: string[] } = {},
  ): Promise<
    RealtimeClient | { readonly status: number; readonly headers: object; readonly body: string }
  > {
    const { protocols = [], ...rest } = options;
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, rest);
    return new Promise((resolve, reject) => {
      let client: RealtimeClient | null = null;
      socket.once('upgrade', ({ headers }) => {
        client = new RealtimeClient(socket, headers);
        client.listen();
      });
      socket.once('open', () => {
        if (client !== null) resolve(client);
      });
      socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.once('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      socket.on('error', reject);
    });
  }

  /** Sends an event. */
  send(event: object): void {
    this.socket.send(JSON.stringify(event));
  }

  /** Waits for a message of a type, the first that was not waited for yet. */
  async next(type: string): Promise<RealtimeMessage> {
    await eventually(() => {
      expect(this.messages.map((one) => one.type)).toContain(type);
    });
    const found = this.messages.findIndex((one) => one.type === type);
    const [message] = this.messages.splice(0, found + 1).slice(-1);
    if (message === undefined) throw new Error('no message');
    return message;
  }

  /** Waits for the end of the connection. */
  async end(timeoutMs?: number): Promise<{ readonly code: number; readonly reason: string }> {
    await eventually(() => {
      expect(this.closed).not.toBeNull();
    }, timeoutMs);
    return this.closed ?? { code: 0, reason: '' };
  }

  private listen(): void {
    this.socket.on('message', (data: Buffer) => {
      this.texts.push(data.toString());
      this.messages.push(JSON.parse(data.toString()) as RealtimeMessage);
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
  }
}
