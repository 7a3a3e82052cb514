import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { typedEvents } from './fake-operations.js';

type Response = Record<string, unknown> & { readonly id: string };

/** An upstream on loopback that works on responses in the background until the test ends them. */
export interface FakeBackground {
  readonly url: string;
  /** Methods and paths of the requests, in order. */
  readonly requests: readonly string[];
  /**
   * Ends a response, with 1,000 tokens of input and 100 of output unless the test says otherwise.
   * @param further members that it has from then on
   */
  end(id: string, status: string, further?: object): void;
  /** Breaks off every stream that is open. */
  cut(): void;
  close(): Promise<void>;
}

const USAGE = {
  ...{ input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100 },
  input_tokens_details: { cached_tokens: 0 },
};

/** Starts the server. */
export async function startFakeBackground(): Promise<FakeBackground> {
  const kept = new Map<string, Response>();
  const requests: string[] = [];
  let count = 0;
  const streams = new Map<string, ServerResponse>();
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const { method = '', url = '' } = request;
      requests.push(`${method} ${url}`);
      if (method === 'POST' && url.endsWith('/responses')) {
        const asked = JSON.parse(body.toString()) as { stream?: boolean };
        count += 1;
        const made = { id: `resp_${String(count)}`, object: 'response', status: 'queued' };
        kept.set(made.id, { ...made, background: true, error: null, output: [], usage: null });
        if (asked.stream !== true) send(response, 200, kept.get(made.id) ?? {});
        else {
          streams.set(made.id, response);
          response.setHeader('content-type', 'text/event-stream');
          response.write(eventOf('response.created', kept.get(made.id)));
        }
        return;
      }
      showKept(kept, { method, url }, response);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    end: (id, status, further = {}) => {
      const error = status === 'failed' ? { code: 'server_error', message: 'failed' } : null;
      Object.assign(kept.get(id) ?? {}, { status, usage: USAGE, error, ...further });
      streams.get(id)?.end(eventOf(`response.${status}`, kept.get(id)));
      streams.delete(id);
    },
    cut: () => {
      for (const stream of streams.values()) stream.destroy();
      streams.clear();
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

function showKept(
  kept: Map<string, Response>,
  { method, url }: { readonly method: string; readonly url: string },
  response: ServerResponse,
): void {
  const [, id = ''] = /\/responses\/([^/?]+)/.exec(url) ?? [];
  const found = kept.get(id);
  if (found === undefined) send(response, 404, { error: { message: 'none' } });
  else if (method === 'DELETE') {
    kept.delete(id);
    send(response, 200, { id, deleted: true });
  } else if (url.includes('stream=true')) {
    response.setHeader('content-type', 'text/event-stream');
    response.end(eventOf(`response.${String(found['status'])}`, found));
  } else {
    if (url.endsWith('/cancel')) found['status'] = 'cancelled';
    send(response, 200, found);
  }
}

function eventOf(type: string, response: Response | undefined): string {
  return typedEvents({ type, response } as { type: string });
}

function send(response: ServerResponse, status: number, value: object): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}
