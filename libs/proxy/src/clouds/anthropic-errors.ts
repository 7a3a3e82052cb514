import { anthropicErrorType } from '#libs/common';
import type { BodySink, ResponseHead } from '../upstream/upstream-call.js';
import type { UpstreamFailure } from '../upstream/upstream-failure.js';
import { isAccountRefusal } from '../upstream/account-refusal.js';
import { refusalFactsOf } from '../upstream/refusal-facts.js';
import type { Translation } from './translated-call.js';

/** A longer one stays as it is. */
const MAX_ERROR_BYTES = 1_048_576;
const OWN_TYPE = 'error';

/**
 * Returns how the error of a cloud is put into Anthropic's envelope; `null` for a response that is none, or cannot be read. An error
 * that has the envelope already stays as it is.
 */
export function anthropicErrors({ status, headers }: ResponseHead): Translation | null {
  const { 'content-encoding': coding = 'identity' } = headers;
  if (status < 400 || coding !== 'identity') return null;
  return {
    head: { status, headers: { ...headers, 'content-type': 'application/json' } },
    receiver: (sink) => new WholeBody(sink, (body) => inEnvelope(status, body)),
  };
}

/** The envelope of an error: https://platform.claude.com/docs/en/api/errors. */
function anthropicError(type: string, message: string): object {
  return { type: OWN_TYPE, error: { type, message }, request_id: null };
}

function inEnvelope(status: number, body: Buffer): Buffer {
  const facts = refusalFactsOf(body);
  if (facts?.codes.includes(OWN_TYPE) === true) return body;
  const type = isAccountRefusal(body) ? 'authentication_error' : anthropicErrorType(status);
  const message = facts?.message ?? '';
  const told = message === '' ? `The provider answered with status ${String(status)}.` : message;
  return Buffer.from(JSON.stringify(anthropicError(type, told)));
}

/** Collects a body, and hands it on changed. */
class WholeBody implements BodySink {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  constructor(
    private readonly sink: BodySink,
    private readonly change: (body: Buffer) => Buffer,
  ) {}

  onData(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.length <= MAX_ERROR_BYTES) {
      this.chunks.push(chunk);
      return;
    }
    this.handOver();
    this.sink.onData(chunk);
  }

  onEnd(): void {
    if (this.length > MAX_ERROR_BYTES) this.handOver();
    else this.sink.onData(this.change(Buffer.concat(this.chunks)));
    this.sink.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    this.handOver();
    this.sink.onFailure(failure);
  }

  private handOver(): void {
    for (const chunk of this.chunks.splice(0)) this.sink.onData(chunk);
  }
}
