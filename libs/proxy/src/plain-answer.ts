import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { estimatePlainOutput, estimateStreamOutput } from './estimate.js';
import { serviceTierOf } from './streaming/stream-event.js';
import { UsageTap } from './streaming/usage-tap.js';
import type { BodySink, UpstreamExchange } from './upstream/upstream-exchange.js';
import type { UpstreamFailure } from './upstream/upstream-failure.js';

/** Larger answers are given up: they are held whole, so that their usage is known before they leave. */
const MAX_ANSWER_BYTES = 67_108_864;

/** The first line of server-sent events (WHATWG HTML, 9.2.5), which no JSON begins with. */
const EVENT_START = /^(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:/;
const MAX_EVENT_START_BYTES = 64;

const DECODERS: Readonly<
  Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** A body that was collected; with a failure, the part of it that came. */
export interface CollectedBody {
  readonly bytes: Buffer;
  readonly failure: UpstreamFailure | null;
}

/**
 * Reads an answer that is not a stream to its end.
 * @param exchange the call whose head has come
 */
export async function collectBody(exchange: UpstreamExchange): Promise<CollectedBody> {
  return new Promise((resolve) => {
    exchange.receive(new Collector(exchange, resolve));
  });
}

/**
 * Undoes the content coding of an answer that was compressed although `identity` was asked for.
 * @param body as received
 * @param encoding the `Content-Encoding` header
 * @returns the plain bytes, or `null` when they cannot be had within the size limit
 */
export async function decodedBody(
  body: Buffer,
  encoding: string | undefined,
): Promise<Buffer | null> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return body;
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (decode === undefined) return null;
  try {
    return await decode(body, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch {
    return null;
  }
}

/** What a collected answer says, and what the client gets of it. */
export interface AnswerReading {
  /** The `usage` object, unjudged; `null` when there is none. */
  readonly usage: object | null;
  /** The `service_tier` member; `null` when there is none. */
  readonly serviceTier: string | null;
  /** Counts the tokens of the output from its text. */
  readonly estimateOutput: () => number;
  /** The bytes for the client. */
  readonly body: Buffer;
}

/**
 * Reads the usage of a collected answer, which may be server-sent events although its content type says
 * otherwise.
 * @param body decoded bytes, or the part of them that came
 * @param dropsUsage the client must not see the usage event
 */
export function readAnswer(body: Buffer, dropsUsage: boolean): AnswerReading {
  if (EVENT_START.test(body.toString('latin1', 0, MAX_EVENT_START_BYTES))) {
    return readEvents(body, dropsUsage);
  }
  const answer = answerWithUsage(body);
  return {
    usage: answer?.usage ?? null,
    serviceTier: answer === null ? null : serviceTierOf(answer),
    estimateOutput: () => estimatePlainOutput(body),
    body,
  };
}

function readEvents(events: Buffer, dropsUsage: boolean): AnswerReading {
  const tap = new UsageTap(dropsUsage);
  const body = Buffer.concat([...tap.push(events), ...tap.finish()]);
  const { reading } = tap;
  return {
    usage: reading.usage,
    serviceTier: reading.serviceTier,
    estimateOutput: () => estimateStreamOutput(reading),
    body,
  };
}

function answerWithUsage(body: Buffer): { readonly usage: object | null } | null {
  if (!body.includes('"usage"')) return null;
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    if (typeof answer !== 'object' || answer === null || !('usage' in answer)) return null;
    return typeof answer.usage === 'object' ? { ...answer, usage: answer.usage } : null;
  } catch {
    return null;
  }
}

class Collector implements BodySink {
  private readonly chunks: Buffer[] = [];
  private total = 0;

  constructor(
    private readonly exchange: UpstreamExchange,
    private readonly report: (body: CollectedBody) => void,
  ) {}

  onData(chunk: Buffer): void {
    this.total += chunk.length;
    if (this.total > MAX_ANSWER_BYTES) this.exchange.abort('invalid');
    else this.chunks.push(chunk);
  }

  onEnd(): void {
    this.report({ bytes: Buffer.concat(this.chunks), failure: null });
  }

  onFailure(failure: UpstreamFailure): void {
    this.report({ bytes: Buffer.concat(this.chunks), failure });
  }
}
