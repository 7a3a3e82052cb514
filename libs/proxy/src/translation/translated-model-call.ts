import {
  APICallError,
  InvalidPromptError,
  UnsupportedFunctionalityError,
  type LanguageModelV4,
  type LanguageModelV4StreamPart,
  type LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type {
  BodySink,
  HeadResult,
  ResponseHead,
  UpstreamCall,
} from '../upstream/upstream-call.js';
import type { UpstreamFailure, UpstreamFailureKind } from '../upstream/upstream-failure.js';
import type { ModelFailure, ModelRequest, ResponseEncoder } from './model-exchange.js';
import { ModelFetch, type SendRequest } from './model-fetch.js';

/** A call in the form of one API, for an upstream of another. */
export interface TranslatedRequest {
  readonly request: ModelRequest;
  readonly isStream: boolean;
  readonly encoder: ResponseEncoder;
  /** Returns the counts that are billed, where they differ; left out where they do not. */
  readonly billed?: ((usage: LanguageModelV4Usage) => LanguageModelV4Usage) | undefined;
  /** Makes the model, whose requests go through a `fetch`. */
  model(fetch: typeof globalThis.fetch): LanguageModelV4 | Promise<LanguageModelV4>;
}

type FinishPart = Extract<LanguageModelV4StreamPart, { readonly type: 'finish' }>;
type Parts = ReadableStreamDefaultReader<LanguageModelV4StreamPart>;

/** What is handed on: a whole body, or the parts of a stream. */
type Answer = { readonly body: string } | { readonly parts: Parts };

const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream; charset=utf-8';
/** Headers that describe the body which the upstream has sent. */
const OF_BODY: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);

/** A running call to an upstream by a package of the AI SDK. What was not sent yet is sent by the package alone. */
export class TranslatedModelCall implements UpstreamCall {
  readonly responded: Promise<HeadResult>;
  private readonly exchange: ModelFetch;
  private answer: Answer = { body: '' };
  private paused: PromiseWithResolvers<void> | null = null;

  constructor(
    private readonly translated: TranslatedRequest,
    send: SendRequest,
  ) {
    this.exchange = new ModelFetch(send);
    this.responded = this.ask();
  }

  get wasSent(): boolean {
    return this.exchange.wasSent;
  }

  receive(sink: BodySink): void {
    void this.handOn(sink);
  }

  pause(): void {
    this.paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.paused?.resolve();
    this.paused = null;
  }

  abort(kind: UpstreamFailureKind): void {
    this.exchange.abort(kind);
    this.resume();
  }

  private async ask(): Promise<HeadResult> {
    const { request, isStream, encoder } = this.translated;
    try {
      const model = await this.translated.model(this.exchange.fetch);
      if (isStream) {
        const { stream } = await model.doStream(request.options);
        this.answer = { parts: stream.getReader() };
      } else
        this.answer = { body: encoder.whole(this.billed(await model.doGenerate(request.options))) };
      return { head: this.headOf(200, isStream ? EVENTS_TYPE : JSON_TYPE), failure: null };
    } catch (error) {
      const { failure } = this.exchange;
      if (failure !== null) return { head: null, failure };
      return this.refused(error);
    }
  }

  /** The upstream has refused the request, or the package could not make it or read its response. */
  private refused(error: unknown): HeadResult {
    const refusal = refusalOf(error);
    if (refusal === null) {
      const cause = error instanceof Error ? error : new Error(String(error));
      return { head: null, failure: { kind: 'invalid', wasSent: this.wasSent, cause } };
    }
    this.answer = { body: this.translated.encoder.failure(refusal) };
    return { head: this.headOf(refusal.status, JSON_TYPE), failure: null };
  }

  private billed<T extends { readonly usage: LanguageModelV4Usage }>(counted: T): T {
    const { billed } = this.translated;
    return billed === undefined ? counted : { ...counted, usage: billed(counted.usage) };
  }

  /** A package that was told of no end says `other` without the provider's word for it. */
  private finish(part: FinishPart): FinishPart {
    const { unified, raw } = part.finishReason;
    const isTold = unified !== 'other' || raw !== undefined;
    return this.billed(isTold ? part : { ...part, finishReason: { unified: 'interrupted', raw } });
  }

  private headOf(status: number, contentType: string): ResponseHead {
    const kept = Object.entries(this.exchange.head?.headers ?? {}).filter(
      ([name]) => !OF_BODY.has(name),
    );
    return { status, headers: { ...Object.fromEntries(kept), 'content-type': contentType } };
  }

  private async handOn(sink: BodySink): Promise<void> {
    const failure = await this.passed(sink);
    if (failure === null) sink.onEnd();
    else sink.onFailure(failure);
  }

  private async passed(sink: BodySink): Promise<UpstreamFailure | null> {
    if ('body' in this.answer) {
      sink.onData(Buffer.from(this.answer.body));
      return null;
    }
    const { encoder } = this.translated;
    try {
      for await (const part of partsOf(this.answer.parts)) {
        const { failure } = this.exchange;
        if (failure !== null) return failure;
        if (part.type === 'error') {
          write(sink, encoder.failureEvent(failureOf(part.error)));
          return null;
        }
        write(sink, encoder.part(part.type === 'finish' ? this.finish(part) : part));
        if (this.paused !== null) await this.paused.promise;
      }
      write(sink, encoder.end());
      return null;
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      return this.exchange.failure ?? { kind: 'invalid', wasSent: true, cause };
    }
  }
}

async function* partsOf(parts: Parts): AsyncGenerator<LanguageModelV4StreamPart> {
  for (let next = await parts.read(); !next.done; next = await parts.read()) yield next.value;
}

function write(sink: BodySink, text: string): void {
  if (text !== '') sink.onData(Buffer.from(text));
}

/** `null` for what is neither a refusal of the upstream nor a request that the package cannot make. */
function refusalOf(error: unknown): ModelFailure | null {
  if (UnsupportedFunctionalityError.isInstance(error) || InvalidPromptError.isInstance(error))
    return { status: 400, message: error.message };
  if (!APICallError.isInstance(error) || error.statusCode === undefined) return null;
  return error.statusCode < 400 ? null : { status: error.statusCode, message: error.message };
}

function failureOf(error: unknown): ModelFailure {
  const refusal = refusalOf(error);
  if (refusal !== null) return refusal;
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return { status: 502, message: typeof message === 'string' ? message : 'The model has failed.' };
}
