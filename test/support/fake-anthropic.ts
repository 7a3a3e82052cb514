import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { ANTHROPIC_EVENTS, ANTHROPIC_MESSAGE, TOOL_EVENTS } from './anthropic-messages.js';
import { startLoopbackServer } from './loopback-server.js';

/** How the next call is answered in place of the usual response. */
export interface AnthropicBehaviour {
  readonly status?: number;
  readonly body?: unknown;
  /** Events of a stream, verbatim. */
  readonly events?: readonly string[];
  /** Number of events after which the connection is destroyed. */
  readonly cutAfter?: number;
  /** Number of events after which nothing more comes. */
  readonly hangAfter?: number;
}

/** The upstream's own account of one call. */
interface AnthropicRecord {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Every byte of the body that was written. */
  sent: string;
  isAborted: boolean;
}

/** A server on loopback that speaks Anthropic's Messages API and refuses what Anthropic does not know. */
export interface FakeAnthropic {
  readonly url: string;
  readonly records: readonly AnthropicRecord[];
  /** Answers the next calls so, one after the other. */
  enqueue(...behaviours: AnthropicBehaviour[]): void;
  close(): Promise<void>;
}

/** Key that the server accepts. */
export const ANTHROPIC_KEY = 'upstream-secret';

const HEADERS: ReadonlySet<string> = new Set(
  'host connection content-type content-length accept accept-encoding user-agent x-api-key anthropic-version anthropic-beta'.split(
    ' ',
  ),
);
const MEMBERS: ReadonlySet<string> = new Set(
  'model max_tokens messages system tools tool_choice stream metadata thinking temperature stop_sequences service_tier context_management output_config speed inference_geo'.split(
    ' ',
  ),
);

/** Starts the server. */
export async function startFakeAnthropic(): Promise<FakeAnthropic> {
  const records: AnthropicRecord[] = [];
  const queue: AnthropicBehaviour[] = [];
  const server = await startLoopbackServer(async (request, response) => {
    const body = JSON.parse((await buffer(request)).toString()) as AnthropicRecord['body'];
    const { url: target = '', headers } = request;
    const record = { target, headers, body, sent: '', isAborted: false };
    records.push(record);
    response.on('close', () => (record.isAborted = !response.writableEnded));
    const problem = problemOf(record);
    const refusal = problem === null ? {} : { status: problem.status, body: errorOf(problem) };
    answer(record, response, { ...queue.shift(), ...refusal });
  });
  return {
    ...server,
    records,
    enqueue: (...behaviours) => void queue.push(...behaviours),
  };
}

interface Problem {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/** An error in Anthropic's envelope. */
export function errorOf({ type, message }: Omit<Problem, 'status'>): object {
  return { type: 'error', error: { type, message }, request_id: 'req_upstream' };
}

function problemOfHeaders(headers: IncomingHttpHeaders): string | null {
  const unknown = Object.keys(headers).find((name) => !HEADERS.has(name));
  if (unknown !== undefined) return `header ${unknown} is not known`;
  return /^\d{4}-\d\d-\d\d$/.test(String(headers['anthropic-version']))
    ? null
    : 'anthropic-version';
}

function problemOf({ target, headers, body }: AnthropicRecord): Problem | null {
  const invalid = (message: string): Problem => ({
    ...{ status: 400, type: 'invalid_request_error', message },
  });
  if (headers['x-api-key'] !== ANTHROPIC_KEY)
    return { status: 401, type: 'authentication_error', message: 'invalid x-api-key' };
  const header = problemOfHeaders(headers);
  if (header !== null) return invalid(header);
  const [path, query = 'beta=true'] = target.split('?');
  if (!/^\/v1\/messages(?:\/count_tokens)?$/.test(path ?? '') || query !== 'beta=true')
    return { status: 404, type: 'not_found_error', message: target };
  const member = Object.keys(body).find((name) => !MEMBERS.has(name));
  if (member !== undefined) return invalid(`${member}: Extra inputs are not permitted`);
  if (path === '/v1/messages' && typeof body['max_tokens'] !== 'number')
    return invalid('max_tokens: Field required');
  return null;
}

function answer(
  record: AnthropicRecord,
  response: ServerResponse,
  behaviour: AnthropicBehaviour,
): void {
  const { status = 200, body } = behaviour;
  const isStream = record.body['stream'] === true && body === undefined;
  const type = isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'request-id': 'req_upstream' });
  if (isStream) stream(record, response, behaviour);
  else {
    record.sent = JSON.stringify(body ?? usualBody(record));
    response.end(record.sent);
  }
}

function stream(
  record: AnthropicRecord,
  response: ServerResponse,
  { events: given, cutAfter, hangAfter }: AnthropicBehaviour,
): void {
  const events = given ?? (hasTools(record) ? TOOL_EVENTS : ANTHROPIC_EVENTS);
  for (const event of events.slice(0, cutAfter ?? hangAfter)) {
    record.sent += event;
    response.write(event);
  }
  if (cutAfter !== undefined) setTimeout(() => response.destroy(), 20);
  else if (hangAfter === undefined) response.end();
}

function hasTools({ body }: AnthropicRecord): boolean {
  return Array.isArray(body['tools']) && body['tools'].length > 0;
}

function usualBody({ target, body }: AnthropicRecord): object {
  return target.includes('count_tokens')
    ? { input_tokens: 2_095 }
    : { ...ANTHROPIC_MESSAGE, model: body['model'] };
}
