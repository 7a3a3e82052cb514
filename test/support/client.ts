import { MASTER_KEY } from './gateway.js';

/** The members of JSON answers that tests look into; which are there depends on the route. */
export interface AnswerBody {
  readonly error: { readonly type: string; readonly code: string; readonly reason: string };
  readonly users: readonly object[];
  readonly data: readonly { readonly id: string }[];
  readonly causes: readonly string[];
  readonly steps: readonly { readonly guard: string }[];
  readonly team_info: { readonly spend: number };
  readonly user_info: { readonly spend: number };
}

/** One row of `GET /spend/logs`, as far as tests look at it. */
export interface SpendRow {
  readonly request_id: string;
  readonly user: string;
}

/** An answer, read to its end. */
export interface Answer<T = AnswerBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  readonly json: T;
}

/** What goes with a call besides its method and path. */
export interface CallOptions {
  /** Sent as JSON; text and bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A caller of one gateway with one credential. */
export class Client {
  /** @param token bearer credential; `null` sends none */
  constructor(
    readonly url: string,
    private readonly token: string | null,
  ) {}

  /** The bootstrap administrator of a gateway under test. */
  static admin(url: string): Client {
    return new Client(url, MASTER_KEY);
  }

  /** GET a path. */
  get<T = AnswerBody>(path: string): Promise<Answer<T>> {
    return this.send<T>('GET', path);
  }

  /** POST a JSON body. */
  post<T = AnswerBody>(
    path: string,
    body: unknown = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    return this.send<T>('POST', path, { body, headers });
  }

  /** Any method. */
  async send<T = AnswerBody>(
    method: string,
    path: string,
    options: CallOptions = {},
  ): Promise<Answer<T>> {
    const response = await this.open(method, path, options);
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
  open(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const { body, headers, signal } = options;
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

  /**
   * Sends, and leaves the response open until `end` is called. It is referred to until then, because fetch cancels a
   * response that is garbage.
   */
  async hold(path: string, body: unknown): Promise<{ readonly status: number; end(): void }> {
    const leaving = new AbortController();
    const response = await this.open('POST', path, { body, signal: leaving.signal });
    return {
      status: response.status,
      end: () => {
        leaving.abort();
        response.body?.cancel().catch(() => undefined);
      },
    };
  }

  /** One plain chat completion. */
  chat(content = 'hello', extra: object = {}): Promise<Answer> {
    return this.post('/v1/chat/completions', {
      model: 'test-model',
      messages: [{ role: 'user', content }],
      ...extra,
    });
  }
}
