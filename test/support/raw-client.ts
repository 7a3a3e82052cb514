import {
  request,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';

/** An answer with its exact bytes. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** False when the connection broke before the end of the body. */
  readonly isComplete: boolean;
}

/** A POST that is under way. */
export interface RawCall {
  readonly request: ClientRequest;
  /** Resolves with the head; the body waits until it is read. */
  readonly head: Promise<IncomingMessage>;
  /** Reads the whole answer. */
  answer(): Promise<RawAnswer>;
}

/**
 * POSTs over a connection of its own, without any behaviour of a browser or an SDK.
 * @param body JSON value, or bytes as they are
 */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): RawCall {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const outgoing = request(url, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...headers },
  });
  const head = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject);
  });
  head.catch(() => undefined);
  outgoing.end(bytes);
  return { request: outgoing, head, answer: async () => read(await head) };
}

async function read(message: IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('error', () => undefined);
    message.on('close', resolve);
  });
  const bytes = Buffer.concat(chunks);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    bytes,
    text: bytes.toString('utf8'),
    isComplete: message.complete,
  };
}
