import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { typedEvents } from './fake-operations.js';

/** The upstream's own account of one call. */
interface ResponsesRecord {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Every byte of the body that was written. */
  sent: string;
  isAborted: boolean;
}

/** A server on loopback that speaks OpenAI's Responses API to a coding agent and refuses what OpenAI does not know. */
export interface FakeResponses {
  /** Address without `/v1`. */
  readonly url: string;
  readonly records: readonly ResponsesRecord[];
  /** The next stream stops behind its first events and stays open. */
  hangOnce(): void;
  close(): Promise<void>;
}

/** Key that the server accepts. */
export const OPENAI_KEY = 'upstream-secret';

const PATHS: ReadonlySet<string> = new Set(['/v1/responses', '/v1/responses/compact']);
const HEADERS: ReadonlySet<string> = new Set(
  'host connection content-type content-length accept accept-encoding user-agent authorization'.split(
    ' ',
  ),
);
const MEMBERS: ReadonlySet<string> = new Set(
  'model instructions input tools tool_choice parallel_tool_calls reasoning store stream include prompt_cache_key text client_metadata'.split(
    ' ',
  ),
);
const CALL = {
  ...{ type: 'function_call', id: 'fc_1', call_id: 'call_1', status: 'completed' },
  ...{ name: 'exec_command', arguments: '{"cmd":"ls"}' },
};
const MESSAGE = {
  ...{ type: 'message', id: 'msg_1', status: 'completed', role: 'assistant' },
  content: [{ type: 'output_text', text: 'There is one file.', annotations: [] }],
};
const COMPACTION = { type: 'compaction', id: 'cmp_1', encrypted_content: 'gAAAA' };
const USAGE = {
  input_tokens: 2_000,
  input_tokens_details: { cached_tokens: 1_500 },
  output_tokens: 30,
  output_tokens_details: { reasoning_tokens: 10 },
  total_tokens: 2_030,
};

/** Starts the server. */
export async function startFakeResponses(): Promise<FakeResponses> {
  const records: ResponsesRecord[] = [];
  let hangs = false;
  const server = createServer((request, response) => {
    void (async () => {
      const body = JSON.parse((await buffer(request)).toString()) as ResponsesRecord['body'];
      const { url: path = '', headers } = request;
      const record = { path, headers, body, sent: '', isAborted: false };
      records.push(record);
      response.on('close', () => (record.isAborted = !response.writableEnded));
      const problem = problemOf(record);
      const isStream = body['stream'] === true && problem === null;
      const type = isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
      response.writeHead(problem === null ? 200 : 400, { 'content-type': type });
      const whole =
        problem ??
        (isStream ? eventsOf(outputOf(record)) : JSON.stringify(responseOf(outputOf(record))));
      record.sent =
        hangs && isStream
          ? whole.slice(0, whole.indexOf('event: response.output_item.done'))
          : whole;
      response.write(record.sent);
      if (record.sent === whole) response.end();
      else hangs = false;
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    records,
    hangOnce: () => (hangs = true),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function problemOf({ path, headers, body }: ResponsesRecord): string | null {
  const header = Object.keys(headers).find((name) => !HEADERS.has(name));
  const member = Object.keys(body).find((name) => !MEMBERS.has(name));
  const isAuthorized = headers.authorization === `Bearer ${OPENAI_KEY}`;
  const message = header ?? member ?? (PATHS.has(path) && isAuthorized ? null : path);
  const error = {
    message: `unknown: ${String(message)}`,
    type: 'invalid_request_error',
    param: null,
  };
  return message === null ? null : JSON.stringify({ error });
}

/** The call of a tool first, then an answer to its output. */
function outputOf({ path, body }: ResponsesRecord): object {
  if (path.endsWith('/compact')) return COMPACTION;
  return JSON.stringify(body['input']).includes('function_call_output') ? MESSAGE : CALL;
}

function responseOf(output: object): object {
  const head = { id: 'resp_1', object: 'response', created_at: 1_700_000_000, status: 'completed' };
  return { ...head, model: 'gpt-5-codex', output: [output], usage: USAGE, store: false };
}

function eventsOf(item: object): string {
  const begun = { ...responseOf(item), status: 'in_progress', output: [], usage: null };
  const at = { output_index: 0 };
  const events: readonly ({ readonly type: string } & Record<string, unknown>)[] = [
    { type: 'response.created', response: begun },
    { type: 'response.output_item.added', ...at, item: { ...item, status: 'in_progress' } },
    { type: 'response.output_item.done', ...at, item },
    { type: 'response.completed', response: responseOf(item) },
  ];
  return typedEvents(...events);
}
