import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { startLoopbackServer } from './loopback-server.js';
import {
  GOOGLE_CALL_RESPONSE,
  GOOGLE_CHUNKS,
  GOOGLE_RESPONSE,
  googleError,
} from './google-contents.js';

/** How the next call is answered in place of the usual response. */
export interface GoogleBehaviour {
  readonly status?: number;
  readonly body?: unknown;
  /** Elements of a stream. */
  readonly chunks?: readonly object[];
  /** Number of elements after which the connection is destroyed. */
  readonly cutAfter?: number;
  /** Number of elements after which nothing more comes. */
  readonly hangAfter?: number;
}

/** The upstream's own account of one call. */
interface GoogleRecord {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly body: Readonly<Record<string, unknown>>;
  /** Every byte of the body that was written. */
  sent: string;
  isAborted: boolean;
}

/** A server on loopback that speaks Google's Gemini API, at its own addresses and at those of Vertex AI. */
export interface FakeGoogle {
  readonly url: string;
  readonly records: readonly GoogleRecord[];
  /** Answers the next calls so, one after the other. */
  enqueue(...behaviours: GoogleBehaviour[]): void;
  close(): Promise<void>;
}

/** Key that the server accepts. */
export const GOOGLE_KEY = 'upstream-secret';
/** Token that the server accepts. */
export const GOOGLE_TOKEN = 'ya29.upstream-token';

const HEADERS: ReadonlySet<string> = new Set(
  'host connection content-type content-length accept accept-encoding user-agent x-goog-api-key authorization'.split(
    ' ',
  ),
);
const TARGET =
  /^(?:\/v1beta\/(?:models|tunedModels)|\/v1\/projects\/[^/]+\/locations\/[^/]+\/publishers\/[a-z]+\/models)\/[^/]+:(generateContent|streamGenerateContent|countTokens)(\?alt=sse)?$/;
const MEMBERS: ReadonlySet<string> = new Set(
  'contents systemInstruction system_instruction generationConfig generation_config tools toolConfig safetySettings serviceTier labels generateContentRequest'.split(
    ' ',
  ),
);

/** Starts the server. */
export async function startFakeGoogle(): Promise<FakeGoogle> {
  const records: GoogleRecord[] = [];
  const queue: GoogleBehaviour[] = [];
  const server = await startLoopbackServer(async (request, response) => {
    const bytes = await buffer(request);
    const body = JSON.parse(bytes.toString()) as GoogleRecord['body'];
    const { url: target = '', headers } = request;
    const record = { target, headers, bytes, body, sent: '', isAborted: false };
    records.push(record);
    response.on('close', () => (record.isAborted = !response.writableEnded));
    const problem = problemOf(record);
    const refusal = problem === null ? {} : { status: problem.code, body: { error: problem } };
    answer(record, response, { ...queue.shift(), ...refusal });
  });
  return {
    ...server,
    records,
    enqueue: (...behaviours) => void queue.push(...behaviours),
  };
}

function problemOf({ target, headers, body }: GoogleRecord) {
  const isSigned =
    headers['x-goog-api-key'] === GOOGLE_KEY || headers.authorization === `Bearer ${GOOGLE_TOKEN}`;
  if (!isSigned) return googleError(401, 'UNAUTHENTICATED', 'Request had invalid credentials.');
  const header = Object.keys(headers).find((name) => !HEADERS.has(name));
  if (header !== undefined) return googleError(400, 'INVALID_ARGUMENT', `header ${header}`);
  if (!TARGET.test(target)) return googleError(404, 'NOT_FOUND', target);
  const member = Object.keys(body).find((name) => !MEMBERS.has(name));
  return member === undefined
    ? null
    : googleError(400, 'INVALID_ARGUMENT', `Unknown name "${member}": Cannot find field.`);
}

function answer(record: GoogleRecord, response: ServerResponse, behaviour: GoogleBehaviour): void {
  const { status = 200, body } = behaviour;
  const isStream = record.target.includes(':streamGenerateContent') && body === undefined;
  const isEvents = record.target.endsWith('?alt=sse');
  response.writeHead(status, {
    'content-type': isStream && isEvents ? 'text/event-stream' : 'application/json; charset=UTF-8',
  });
  if (isStream) stream(record, response, behaviour);
  else {
    record.sent = JSON.stringify(body ?? usualBody(record), null, 2);
    response.end(record.sent);
  }
}

/** Server-sent events with CR LF, or an array, as Google writes them. */
function stream(
  record: GoogleRecord,
  response: ServerResponse,
  { chunks = GOOGLE_CHUNKS, cutAfter, hangAfter }: GoogleBehaviour,
): void {
  const isEvents = record.target.endsWith('?alt=sse');
  const write = (text: string): void => {
    record.sent += text;
    response.write(text);
  };
  for (const [index, chunk] of chunks.slice(0, cutAfter ?? hangAfter).entries())
    write(
      isEvents
        ? `data: ${JSON.stringify(chunk)}\r\n\r\n`
        : `${index === 0 ? '[' : ',\r\n'}${JSON.stringify(chunk, null, 2)}`,
    );
  if (cutAfter !== undefined) setTimeout(() => response.destroy(), 20);
  else if (hangAfter === undefined) {
    if (!isEvents) write('\n]');
    response.end();
  }
}

function usualBody({ target, body }: GoogleRecord): object {
  if (target.includes(':countTokens')) return { totalTokens: 31, totalBillableCharacters: 96 };
  return Array.isArray(body['tools']) ? GOOGLE_CALL_RESPONSE : GOOGLE_RESPONSE;
}
