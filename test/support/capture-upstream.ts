import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** One request, exactly as it came. */
interface CapturedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Everything of it in one text: request line, headers as they were written, body as latin1. */
  readonly text: string;
}

/** An upstream that records everything that reaches it. */
export interface CaptureUpstream {
  /** Address without a path. */
  readonly url: string;
  readonly requests: readonly CapturedRequest[];
  /** The last request. */
  last(): CapturedRequest;
  /** Forgets all requests. */
  clear(): void;
  close(): Promise<void>;
}

/** Answers one request. */
export type CaptureAnswer = (request: CapturedRequest, response: ServerResponse) => void;

/** A response in OpenAI's form, which counts ten tokens of input and two of output. */
export const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
});

/**
 * Starts an upstream that records every request on loopback.
 * @param answer what it answers; default is {@link COMPLETION}
 */
export async function startCaptureUpstream(
  answer: CaptureAnswer = complete,
): Promise<CaptureUpstream> {
  const requests: CapturedRequest[] = [];
  const server = createServer((request, response) => {
    void captured(request).then((one) => {
      requests.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    requests,
    last: () => {
      const one = requests.at(-1);
      if (one === undefined) throw new Error('no request has reached the upstream');
      return one;
    },
    clear: () => {
      requests.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function captured(request: IncomingMessage): Promise<CapturedRequest> {
  const body = await buffer(request);
  const { method = '', url: target = '', headers, rawHeaders } = request;
  const text = [`${method} ${target}`, ...rawHeaders, body.toString('latin1')].join('\n');
  return { method, target, headers, body, text };
}

function complete(_request: CapturedRequest, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(COMPLETION);
}
