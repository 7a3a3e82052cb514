import { giveBack } from '#libs/common';
import type { TokenUsage } from '#libs/spend';
import { estimatePlainOutput, estimateStreamOutput } from './output-estimate.js';
import type { ResponseFormat } from './response-format.js';
import { UsageTap } from './usage-tap.js';
import { MAX_ANSWER_BYTES } from '../upstream/response-headers.js';
import type { BodySink, BodySource } from '../upstream/upstream-call.js';
import type { UpstreamFailure } from '../upstream/upstream-failure.js';

/** The first line of server-sent events (WHATWG HTML, 9.2.5), which no JSON begins with. */
const EVENT_START = /^(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:/;
const OBJECT_START = /^(?:\xef\xbb\xbf)?\s*\{/;
const MAX_START_BYTES = 64;

/** A body that was collected; with a failure, the part of it that came. */
export interface CollectedBody {
  readonly bytes: Buffer;
  readonly failure: UpstreamFailure | null;
}

/**
 * Reads a response that is not a stream to its end.
 * @param source the call whose head has come
 * @returns a promise only when more is to come
 */
export function collectBody(source: BodySource): CollectedBody | Promise<CollectedBody> {
  const collector = new Collector(source);
  source.receive(collector);
  return collector.body ?? new Promise((resolve) => (collector.report = resolve));
}

/** The usage of a buffered response, and the bytes of it that the client gets. */
export interface ResponseReading {
  /** The final `usage` object, as it came; `null` when there is none. */
  readonly usage: object | null;
  /** The highest counts of an event stream, final or not; `null` when there are none. */
  readonly interim: TokenUsage | null;
  /** The `service_tier` member; `null` when there is none. */
  readonly serviceTier: string | null;
  /** True when there is nothing in it but an error. */
  readonly isEmpty: boolean;
  /** True when it says that it has failed or is not whole, also where it holds output. */
  readonly hasFailed: boolean;
  /** True when it is empty or begins as a JSON object or as server-sent events do. */
  readonly isReadable: boolean;
  /** Outputs that are billed by number; `null` where they were not counted. */
  readonly items: number | null;
  /** Counts the tokens of the output from its text. */
  readonly estimateOutput: () => number;
  /** The bytes for the client. */
  readonly body: Buffer;
}

/**
 * Reads the usage of a buffered response, which may be server-sent events although its content type says otherwise.
 * @param format how the responses of the endpoint are read
 * @param body decoded bytes, or the part of them that came
 * @param dropsUsage the client must not see the usage event
 */
export function readResponse(
  format: ResponseFormat,
  body: Buffer,
  dropsUsage: boolean,
): ResponseReading {
  const start = body.toString('latin1', 0, MAX_START_BYTES);
  if (EVENT_START.test(start)) return readEvents(format, body, dropsUsage);
  const report = format.readBody(body);
  const { usage, serviceTier, isError, hasFailed = false, items = null } = report;
  return {
    usage,
    interim: null,
    serviceTier,
    isEmpty: body.length === 0 || isError,
    hasFailed: hasFailed || isError,
    isReadable: body.length === 0 || OBJECT_START.test(start),
    items,
    estimateOutput: () => estimatePlainOutput(body, format),
    body,
  };
}

function readEvents(format: ResponseFormat, events: Buffer, dropsUsage: boolean): ResponseReading {
  const tap = new UsageTap(format, dropsUsage);
  const body = Buffer.concat([...tap.push(events), ...tap.finish()]);
  const { reading } = tap;
  return {
    usage: reading.isFinal ? reading.usage : null,
    interim: reading.interim,
    serviceTier: reading.serviceTier,
    isEmpty: reading.isEmpty,
    hasFailed: reading.hasFailed,
    isReadable: true,
    items: reading.items,
    estimateOutput: () => estimateStreamOutput(reading),
    body,
  };
}

class Collector implements BodySink {
  /** `null` until its end. */
  body: CollectedBody | null = null;
  report: ((body: CollectedBody) => void) | null = null;
  private readonly chunks: Buffer[] = [];
  private total = 0;

  constructor(private readonly source: BodySource) {}

  onData(chunk: Buffer): void {
    this.total += chunk.length;
    if (this.total > MAX_ANSWER_BYTES) this.source.abort('invalid');
    else this.chunks.push(chunk);
  }

  onEnd(): void {
    this.finish(null);
  }

  onFailure(failure: UpstreamFailure): void {
    this.finish(failure);
  }

  /** The last chunk may still be in the hands of the HTTP parser, which calls this. */
  private joined(): Buffer {
    const bytes = Buffer.concat(this.chunks);
    const last = this.chunks.at(-1)?.buffer;
    for (const chunk of this.chunks) if (chunk.buffer !== last) giveBack(chunk, this.total);
    return bytes;
  }

  private finish(failure: UpstreamFailure | null): void {
    const [only, second] = this.chunks;
    const isOne = only !== undefined && second === undefined;
    const bytes = isOne ? only : this.joined();
    this.body = { bytes, failure };
    this.report?.(this.body);
  }
}
