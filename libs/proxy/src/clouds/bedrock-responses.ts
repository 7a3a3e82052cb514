import { jsonObjectOf } from '#libs/common';
import type { ResponseHead } from '../upstream/upstream-call.js';
import { isBinaryEventStream, isSuccessStatus } from '../upstream/response-headers.js';
import { anthropicErrors, requestIdOf } from './anthropic-errors.js';
import { BedrockStream } from './bedrock-stream.js';
import type { Translation } from './translated-call.js';
import { WholeBody } from './whole-body.js';

const EVENTS = 'text/event-stream; charset=utf-8';

/**
 * Returns how a response of a model at Bedrock is put into Anthropic's form; `null` for one that has it.
 * @param requestId ours, for errors where Amazon names none
 */
export function bedrockTranslation(head: ResponseHead, requestId: string): Translation | null {
  const named = withRequestId(head);
  if (!isSuccessStatus(head.status)) return anthropicErrors(named, requestId);
  if (!isBinaryEventStream(head.headers)) return { head: named, receiver: (sink) => sink };
  const id = requestIdOf(named.headers) ?? requestId;
  return {
    head: { ...named, headers: { ...named.headers, 'content-type': EVENTS } },
    receiver: (sink, source) => new BedrockStream(sink, source, id),
  };
}

/**
 * Returns how counted tokens are put into Anthropic's form.
 * @param requestId as that of {@link bedrockTranslation}
 */
export function countTranslation(head: ResponseHead, requestId: string): Translation | null {
  const named = withRequestId(head);
  if (!isSuccessStatus(head.status)) return anthropicErrors(named, requestId);
  return { head: named, receiver: (sink) => new WholeBody(sink, counted) };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html */
function counted(body: Buffer): Buffer {
  const tokens = jsonObjectOf(body.toString('utf8'))?.['inputTokens'];
  return typeof tokens === 'number' ? Buffer.from(JSON.stringify({ input_tokens: tokens })) : body;
}

/** Anthropic's clients show the id of a request, which Amazon has in a header of its own. */
function withRequestId({ status, headers }: ResponseHead): ResponseHead {
  const { 'x-amzn-requestid': id } = headers;
  return { status, headers: typeof id === 'string' ? { ...headers, 'request-id': id } : headers };
}
