import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { FakeBehaviour, FakeRecord } from './fake-behaviour.js';
import { operationAnswer } from './fake-operations.js';
import { echoOf, parsed, tokensOf, type ChatBody } from './fake-request.js';
import { chunkOf, completionOf, usageObject } from './fake-completion.js';

/** A model server on loopback that remembers every call exactly. */
export interface FakeUpstream {
  /** Address without `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly records: readonly FakeRecord[];
  /** Connections that were opened so far. */
  readonly connections: number;
  /** Body member that tells how this one call is to be answered. */
  behaviour(behaviour: FakeBehaviour): { fake_upstream: FakeBehaviour };
  /** Answers the next calls so, one after the other, before the body's own wish and the default. */
  enqueue(...behaviours: FakeBehaviour[]): void;
  /** Forgets what was enqueued and has not been used. */
  drain(): void;
  close(): Promise<void>;
}

/** What a fake upstream is started with. */
export interface FakeUpstreamOptions {
  /** Port to listen on, default a free one. */
  readonly port?: number;
  /** Behaviour of calls that do not say otherwise, or a function of the request and of the number of calls before it. */
  readonly behaviour?: FakeBehaviour | ((request: Buffer, calls: number) => FakeBehaviour);
}

/** Answers as the operation does that the path names, unless the test says otherwise. */
function withOperation(
  record: FakeRecord,
  chat: ChatBody,
  behaviour: FakeBehaviour,
): FakeBehaviour {
  if (behaviour.body !== undefined || record.status >= 300) return behaviour;
  const { text } = behaviour;
  const answer = operationAnswer(text === undefined ? record : { ...record, text }, chat);
  if (answer === null) return behaviour;
  const headers = { 'content-type': answer.contentType, ...behaviour.headers };
  return { ...behaviour, headers, body: answer.body };
}

function userOf({ user }: ChatBody, { headers }: IncomingMessage): string | null {
  return user ?? (headers['x-fake-user'] as string | undefined) ?? null;
}

/**
 * Starts a server that speaks OpenAI's chat completions on any path, plain and streamed. Deterministic:
 * an answer depends on the request and on the number of calls before it, never on chance.
 */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const records: FakeRecord[] = [];
  const queue: FakeBehaviour[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const requestBytes = await buffer(request);
      const chat = parsed(requestBytes);
      const { behaviour: usual = {} } = options;
      const behaviour =
        queue.shift() ??
        chat.fake_upstream ??
        (typeof usual === 'function' ? usual(requestBytes, records.length) : usual);
      const pieces: Buffer[] = [];
      const record: FakeRecord = {
        id: `chatcmpl-${String(records.length + 1)}`,
        path: request.url ?? '',
        method: request.method ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        requestBytes,
        model: chat.model ?? '',
        user: userOf(chat, request),
        isStream: chat.stream === true,
        ...tokensOf(chat, behaviour),
        status: behaviour.status ?? 200,
        get sent() {
          return Buffer.concat(pieces);
        },
        ...{ sentBytes: 0, backlogBytes: 0 },
        state: 'running',
      };
      records.push(record);
      const shown = { chat, behaviour: withOperation(record, chat, behaviour), response };
      await new Call(record, pieces, shown).answer();
    })().catch(() => response.destroy());
  });
  server.keepAliveTimeout = 30_000;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    port,
    records,
    get connections() {
      return connections;
    },
    behaviour: (behaviour) => ({ fake_upstream: behaviour }),
    enqueue: (...behaviours) => void queue.push(...behaviours),
    drain: () => void queue.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** One call that is being answered. */
class Call {
  private isCut = false;

  private readonly chat: ChatBody;
  private readonly behaviour: FakeBehaviour;
  private readonly response: ServerResponse;
  private resumeWriting: () => void = () => undefined;

  constructor(
    private readonly record: FakeRecord,
    private readonly pieces: Buffer[],
    call: { chat: ChatBody; behaviour: FakeBehaviour; response: ServerResponse },
  ) {
    this.chat = call.chat;
    this.behaviour = call.behaviour;
    this.response = call.response;
    this.response.on('drain', () => {
      this.resumeWriting();
    });
    this.response.on('close', () => {
      if (record.state === 'running') record.state = 'aborted';
      this.resumeWriting();
    });
  }

  private withholdsHead(): boolean {
    const { hang, cutBeforeHead } = this.behaviour;
    if (cutBeforeHead === true) this.response.destroy();
    return cutBeforeHead === true || hang === 'before-head';
  }

  async answer(): Promise<void> {
    const { behaviour, record } = this;
    if (behaviour.firstDelayMs !== undefined) await delay(behaviour.firstDelayMs);
    if (this.withholdsHead()) return;
    if (record.status >= 300) {
      Object.assign(record, { promptTokens: 0, cachedTokens: 0, completionTokens: 0 });
    }
    const isStream = record.isStream !== (behaviour.swapsForm === true) && record.status < 300;
    this.response.writeHead(record.status, {
      'content-type': isStream ? 'text/event-stream; charset=utf-8' : 'application/json',
      'x-request-id': `upstream-${record.id}`,
      ...behaviour.headers,
    });
    this.response.flushHeaders();
    if (behaviour.hang === 'after-head') return;
    const isWhole = isStream ? await this.stream() : await this.plain();
    if (!isWhole || behaviour.staysOpen === true) return;
    record.state = 'complete';
    this.response.end();
  }

  private async plain(): Promise<boolean> {
    const { behaviour, chat, record } = this;
    if (behaviour.delayMs !== undefined) await delay(behaviour.delayMs);
    if (behaviour.body !== undefined) return this.whole(behaviour.body);
    if (record.status >= 300) {
      const error = { message: `status ${String(record.status)}`, type: 'fake', code: null };
      return this.whole(this.json({ error }));
    }
    const usage = usageObject(record, behaviour.usage);
    const content = `${behaviour.text ?? echoOf(chat)} ${this.words().join('')}`;
    return this.whole(this.json(completionOf(record, content, usage)));
  }

  /** Writes a given body, or its first half where the call is to hang behind its first chunk. */
  private async whole(body: string | Buffer): Promise<boolean> {
    if (this.behaviour.hang !== 'after-first-chunk') return this.write(body);
    const bytes = Buffer.from(body);
    await this.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    return false;
  }

  private async stream(): Promise<boolean> {
    const { behaviour, chat, record } = this;
    if (behaviour.body !== undefined) return this.whole(behaviour.body);
    const wantsUsage =
      chat.stream_options?.include_usage === true || behaviour.forcesUsage === true;
    // OpenAI writes `"usage":null` into every other chunk when usage was asked for.
    const noUsage = wantsUsage ? null : undefined;
    if (!(await this.contentEvents(noUsage))) return false;
    if (!(await this.event(chunkOf(record, {}, 'stop', noUsage)))) return false;
    const usage = wantsUsage ? usageObject(record, behaviour.usage) : undefined;
    const last = { ...chunkOf(record, {}, null, usage), choices: [] };
    if (usage !== undefined && !(await this.event(last))) return false;
    return this.event('[DONE]');
  }

  private async contentEvents(noUsage: null | undefined): Promise<boolean> {
    const { behaviour, chat, record } = this;
    const billed = record.completionTokens;
    record.completionTokens = 0;
    for (const [index, word] of this.words().entries()) {
      if (behaviour.delayMs !== undefined) await delay(behaviour.delayMs);
      const content = index === 0 ? `${behaviour.text ?? echoOf(chat)} ${word}` : word;
      if (!(await this.event(chunkOf(record, { content }, null, noUsage)))) return false;
      record.completionTokens += 1;
      if (behaviour.hang === 'after-first-chunk') return false;
    }
    record.completionTokens = billed;
    return true;
  }

  private event(data: object | '[DONE]'): Promise<boolean> {
    const end = this.behaviour.lineEnd ?? '\n';
    return this.write(`data: ${typeof data === 'string' ? data : this.json(data)}${end}${end}`);
  }

  private json(value: object): string {
    return this.behaviour.isSpaced === true
      ? JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ')
      : JSON.stringify(value);
  }

  private words(): string[] {
    const { chunks = 3, chunkLength = 6 } = this.behaviour;
    return Array.from({ length: chunks }, (_, index) =>
      `w${String(index)} `.padEnd(chunkLength, 'x'),
    );
  }

  /** Writes, in pieces where asked for, and waits while the reader does not keep up. */
  private async write(text: string | Buffer): Promise<boolean> {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    const size = this.behaviour.splitEvery ?? (bytes.length || 1);
    for (let at = 0; at < bytes.length; at += size) {
      if (!(await this.writePiece(bytes.subarray(at, at + size)))) return false;
    }
    return !this.isCut;
  }

  private async writePiece(piece: Buffer): Promise<boolean> {
    const { behaviour, record, response } = this;
    if (response.destroyed) return false;
    const room = (behaviour.cutAfterBytes ?? Infinity) - record.sentBytes;
    const part = piece.subarray(0, Math.max(0, room));
    this.pieces.push(part);
    record.sentBytes += part.length;
    const isTaken = response.write(part);
    if (part.length < piece.length) return this.cut();
    if (behaviour.splitEvery !== undefined) await new Promise(setImmediate);
    if (!isTaken) await this.drained();
    return !response.destroyed;
  }

  private async drained(): Promise<void> {
    const { record, response } = this;
    record.backlogBytes = response.writableLength;
    await new Promise<void>((resolve) => {
      this.resumeWriting = resolve;
    });
    record.backlogBytes = 0;
  }

  /** Lets what was written leave, then breaks the connection. */
  private async cut(): Promise<boolean> {
    this.isCut = true;
    this.record.state = 'cut';
    await delay(20);
    this.response.destroy();
    return false;
  }
}
