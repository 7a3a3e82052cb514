import { MASTER_KEY } from './gateway.js';

/** An answer, read to its end. */
export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  readonly json: T;
}

/** A caller of one gateway with one credential. */
export class Client {
  /**
   * @param url the gateway
   * @param token bearer credential; `null` sends none
   */
  constructor(
    readonly url: string,
    private readonly token: string | null,
  ) {}

  /**
   * The bootstrap administrator of a gateway under test.
   * @param url the gateway
   */
  static admin(url: string): Client {
    return new Client(url, MASTER_KEY);
  }

  /** GET a path. */
  get<T = any>(path: string): Promise<Answer<T>> {
    return this.send<T>('GET', path);
  }

  /** POST a JSON body. */
  post<T = any>(
    path: string,
    body: unknown = {},
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.send<T>('POST', path, body, headers);
  }

  /** Any method. */
  async send<T = any>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await this.open(method, path, body, headers);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text) as T;
      },
    };
  }

  /** Sends and returns as soon as the headers are there. */
  open(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** One plain chat completion. */
  chat<T = any>(content = 'hello', extra: object = {}): Promise<Answer<T>> {
    return this.post<T>('/v1/chat/completions', {
      model: 'test-model',
      messages: [{ role: 'user', content }],
      ...extra,
    });
  }
}
