import { setImmediate as nextTurn } from 'node:timers/promises';
import { requestedRoute } from '#libs/access';
import {
  ByteSequence,
  type GatehouseError,
  isGatehouseError,
  scanJsonObject,
  type JsonObjectScan,
} from '#libs/common';
import type { NamedObject } from '#libs/objects';
import type { BatchFile } from '../request/batch-file.js';
import { chatCompletions } from '../openai/chat-completions.endpoint.js';
import { completions } from '../openai/completions.endpoint.js';
import { embeddings } from '../openai/embeddings.endpoint.js';
import type { Endpoint } from '../request/endpoint.js';
import { moderations } from '../openai/moderations.endpoint.js';
import { requireModelName, type RelayRequest } from '../request/relay-request.js';
import { invalidParameter, readText } from '../request/request-values.js';
import { responses } from '../openai/responses.endpoint.js';
import { sizeFactsOf, type SizeFacts } from '../request/size-facts.js';

/** What bounds the cost of one line of a batch. */
export type LineSize = SizeFacts & { readonly bytes: number };

/** A checked file of requests, as far as it was read to hold its cost. */
export interface BatchInput extends BatchFile {
  /** The operation of every line. */
  readonly endpoint: Endpoint;
  readonly lines: readonly LineSize[];
}

/** Operations that a batch may have: those of OpenAI whose requests are JSON and whose responses hold their usage. */
const ENDPOINTS: readonly Endpoint[] = [
  chatCompletions,
  completions,
  embeddings,
  responses,
  moderations,
];
/** OpenAI's own bound: https://platform.openai.com/docs/guides/batch. */
const MAX_LINES = 50_000;
/** Lines that are read before other calls have their turn. */
const LINES_PER_TURN = 100;
const NEWLINE = 0x0a;
const FIELD = 'file';
/** Members of a line that are sent on, besides its body. */
const LINE_MEMBERS: ReadonlySet<string> = new Set(['custom_id', 'method', 'url', 'body']);

/** Returns the operation of a batch by the path that its lines or its `endpoint` name; `null` for any other. */
export function batchEndpointOf(path: unknown): Endpoint | null {
  const route = typeof path === 'string' ? requestedRoute('POST', path) : null;
  return ENDPOINTS.find((one) => route?.model === null && one.route === route.path) ?? null;
}

/**
 * Reads a file of requests (JSON Lines, one request each) as each request would be read by itself. All lines must be of one
 * operation and of one model, as OpenAI has it.
 * @throws GatehouseError `request_invalid` with the number of the line
 */
export async function readBatchInput(bytes: Buffer): Promise<BatchInput> {
  const reader = new BatchReader();
  let count = 0;
  for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
    const newline = bytes.indexOf(NEWLINE, start);
    end = newline === -1 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    count += 1;
    if (isBlank(line)) continue;
    reader.read(line, count);
    if (reader.lines.length % LINES_PER_TURN === 0) await nextTurn();
  }
  return reader.finished();
}

function isBlank(line: Buffer): boolean {
  return line.length < 256 && line.toString('latin1').trim() === '';
}

class BatchReader {
  readonly lines: LineSize[] = [];
  private readonly named = new Map<string, NamedObject>();
  private common: { readonly endpoint: Endpoint; readonly model: string } | null = null;
  /** Parts of the file; the name of the model goes between two. */
  private readonly parts: Buffer[][] = [[]];

  read(line: Buffer, number: number): void {
    if (this.lines.length === MAX_LINES)
      throw invalidLine(number, `a batch has at most ${String(MAX_LINES)} requests.`);
    try {
      this.readLine(scanJsonObject(line), number);
    } catch (error) {
      if (!isGatehouseError(error, 'request_invalid')) throw error;
      throw invalidLine(number, error.message);
    }
  }

  finished(): BatchInput {
    if (this.common === null) throw invalidParameter(FIELD, 'The file has no request.');
    const { parts } = this;
    return {
      ...this.common,
      lines: this.lines,
      named: [...this.named.values()],
      contentFor: (upstreamModel) => {
        const name = Buffer.from(JSON.stringify(upstreamModel));
        return new ByteSequence(parts.flatMap((part, at) => (at === 0 ? part : [name, ...part])));
      },
    };
  }

  private readLine(line: JsonObjectScan, number: number): void {
    for (const name of line.members.keys()) {
      if (!LINE_MEMBERS.has(name)) throw invalidParameter(name, `"${name}" is not known here.`);
    }
    if (readText(line, 'custom_id') === null)
      throw invalidParameter('custom_id', '"custom_id" must be a string.');
    if (line.value('method') !== 'POST')
      throw invalidParameter('method', '"method" must be "POST".');
    const endpoint = batchEndpointOf(line.value('url'));
    if (endpoint === null)
      throw invalidParameter(
        'url',
        `"url" must be one of ${ENDPOINTS.map(({ route }) => `/v1${route}`).join(', ')}.`,
      );
    const { valueStart = 0, end = 0 } = line.members.get('body') ?? {};
    const request = endpoint.read(scanJsonObject(line.bytes.subarray(valueStart, end)), null);
    this.requireCommon(endpoint, requireModelName(request.model));
    this.keep(endpoint, line, request);
    this.keepNames(endpoint, request, number);
  }

  private keepNames({ objects }: Endpoint, { scan }: RelayRequest, number: number): void {
    for (const { kind, id, param = '' } of objects?.named?.(scan) ?? []) {
      const key = `${kind} ${id}`;
      if (!this.named.has(key))
        this.named.set(key, { kind, id, param: `line ${String(number)}: body.${param}` });
    }
  }

  /** One price and one deployment serve a batch. */
  private requireCommon(endpoint: Endpoint, model: string): void {
    this.common ??= { endpoint, model };
    if (this.common.endpoint !== endpoint)
      throw invalidParameter('url', 'all requests of a batch must have the same "url".');
    if (this.common.model !== model)
      throw invalidParameter('body.model', 'all requests of a batch must have the same "model".');
  }

  private keep(endpoint: Endpoint, line: JsonObjectScan, request: RelayRequest): void {
    const { scan, dropped } = request;
    const removed = Object.fromEntries([...dropped, 'model'].map((name) => [name, null]));
    const rest = scan.withMembers(removed).joined().subarray(1);
    const hasMore = [...scan.members.keys()].some((name) => !Object.hasOwn(removed, name));
    const head = `{"custom_id":${JSON.stringify(line.value('custom_id'))},"method":"POST","url":"/v1${endpoint.route}","body":{"model":`;
    this.parts.at(-1)?.push(Buffer.from(head));
    this.parts.push([Buffer.from(hasMore ? ',' : ''), rest, Buffer.from('}\n')]);
    this.lines.push({ ...sizeFactsOf(endpoint, request), bytes: scan.bytes.length });
  }
}

function invalidLine(number: number, message: string): GatehouseError {
  return invalidParameter(FIELD, `Line ${String(number)} of the file: ${message}`);
}
