import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** One connection that a fake realtime upstream has accepted. */
export interface RealtimeRecord {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: WebSocket;
  /** Messages of the gateway, in order and as they came. */
  readonly frames: string[];
  /** Set when the gateway has closed. */
  closed: { readonly code: number; readonly reason: string } | null;
}

/** A server of the Realtime API on loopback: strict about its handshake, and deterministic. */
export interface FakeRealtime {
  readonly url: string;
  /** Every handshake, accepted or not. */
  readonly handshakes: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  readonly records: RealtimeRecord[];
  /** Usage of each following response. */
  usage: object | null;
  /** Refuses the next handshakes so, one each. */
  refuse(...statuses: number[]): void;
  close(): Promise<void>;
}

/** A response of 30 tokens in and 12 out, of text and of sound, a part of it cached. */
export const USAGE = {
  total_tokens: 42,
  input_tokens: 30,
  output_tokens: 12,
  input_token_details: {
    text_tokens: 20,
    audio_tokens: 10,
    cached_tokens: 8,
    cached_tokens_details: { text_tokens: 6, audio_tokens: 2 },
  },
  output_token_details: { text_tokens: 4, audio_tokens: 8 },
};

/** The sound that a session takes: `transcription.prompt` is what the fake does with a turn, `hang` or `fail`. */
interface InputSettings {
  readonly turn_detection?: object | null;
  readonly transcription?: { readonly prompt?: string } | null;
}

interface SessionMembers {
  readonly audio?: { readonly input?: InputSettings };
  readonly [member: string]: unknown;
}

interface Event {
  readonly type: string;
  readonly session?: SessionMembers;
  readonly response?: { readonly metadata?: { readonly fake?: string } };
}

/** A transcription of 10 tokens of sound. */
export const TRANSCRIPTION = {
  type: 'conversation.item.input_audio_transcription.completed',
  item_id: 'item_1',
  usage: {
    type: 'tokens',
    total_tokens: 15,
    input_tokens: 10,
    output_tokens: 5,
    input_token_details: { text_tokens: 0, audio_tokens: 10 },
  },
};

const SESSION: SessionMembers = {
  type: 'realtime',
  model: 'upstream-realtime',
  audio: { input: { turn_detection: { type: 'server_vad', create_response: true } } },
};
const KEYS: ReadonlySet<unknown> = new Set(['Bearer upstream-secret']);

/** Starts it. Its key is `upstream-secret`, as a bearer or in `api-key`. */
export async function startFakeRealtime(): Promise<FakeRealtime> {
  const server = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true });
  const records: RealtimeRecord[] = [];
  const refusals: number[] = [];
  const handshakes: FakeRealtime['handshakes'] = [];
  server.on('upgrade', (request, socket, head) => {
    const { url: path = '', headers } = request;
    handshakes.push({ path, headers });
    const isKnown = KEYS.has(headers.authorization) || headers['api-key'] === 'upstream-secret';
    const status = refusals.shift() ?? (isKnown ? null : 401);
    if (status !== null) {
      const body = JSON.stringify({ error: { message: 'no', type: 'fake', code: 'fake_refusal' } });
      socket.end(
        `HTTP/1.1 ${String(status)} No\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const record = { path, headers, socket: accepted, frames: [], closed: null };
      records.push(record);
      serve(record, () => fake.usage);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const fake: FakeRealtime = {
    url: `http://127.0.0.1:${String(port)}`,
    handshakes,
    records,
    usage: USAGE,
    refuse: (...statuses) => refusals.push(...statuses),
    close: () =>
      new Promise((resolve) => {
        for (const { socket } of records) socket.terminate();
        server.close(() => {
          resolve();
        });
      }),
  };
  return fake;
}

function serve(record: RealtimeRecord, usage: () => object | null): void {
  const { socket, frames } = record;
  let session = SESSION;
  let responses = 0;
  let turns = 0;
  const say = (event: object): void => {
    socket.send(JSON.stringify(event));
  };
  const begin = (): string => {
    const id = `resp_${String((responses += 1))}`;
    say({ type: 'response.created', response: { id, status: 'in_progress' } });
    say({ type: 'response.output_text.delta', response_id: id, delta: 'hello there' });
    return id;
  };
  const finish = (id: string, status = 'completed'): void => {
    say({ type: 'response.done', response: { id, status, usage: usage() } });
  };
  const respond = ({ response }: Event): void => {
    const fake = response?.metadata?.fake;
    if (fake === 'refuse') say({ type: 'error', error: { type: 'fake', event_id: null } });
    else if (fake === 'ignore') return;
    else if (fake === 'hang') begin();
    else finish(begin());
  };
  const hear = (): void => {
    const id = `item_${String((turns += 1))}`;
    const { transcription, turn_detection: detection } = session.audio?.input ?? {};
    const prompt = transcription?.prompt;
    say({ type: 'input_audio_buffer.committed', item_id: id });
    if (detection !== null) finish(begin());
    if (transcription && prompt === undefined) say({ ...TRANSCRIPTION, item_id: id });
    if (prompt === 'fail')
      say({ type: TRANSCRIPTION.type.replace('completed', 'failed'), item_id: id });
  };
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    frames.push(text);
    const event = JSON.parse(text) as Event;
    if (event.type === 'response.create') respond(event);
    if (event.type === 'input_audio_buffer.commit') hear();
    if (event.type === 'response.cancel') finish(`resp_${String(responses)}`, 'cancelled');
    if (event.type === 'fake.transcribe') say(TRANSCRIPTION);
    if (event.type === 'session.update') {
      session = { ...session, ...event.session };
      say({ type: 'session.updated', session });
    }
    if (event.type === 'fake.close') socket.close(4_321, 'as asked');
    if (event.type === 'fake.cut') socket.terminate();
  });
  socket.on('close', (code, reason) => {
    record.closed = { code, reason: reason.toString() };
  });
  say({ type: 'session.created', session });
}
