import { anthropicErrorType } from '#libs/common';
import type { ResponseHead } from '../upstream/upstream-call.js';
import { isAccountRefusal } from '../upstream/account-refusal.js';
import { refusalFactsOf } from '../upstream/refusal-facts.js';
import { typeOfAmazonError } from './amazon-errors.js';
import type { Translation } from './translated-call.js';
import { WholeBody } from './whole-body.js';

const OWN_TYPE = 'error';

/**
 * Returns how the error of a cloud is put into Anthropic's envelope; `null` for a response that is none, or cannot be read. An error
 * that has the envelope already stays as it is.
 * @param requestId ours, where the cloud has none
 */
export function anthropicErrors(
  { status, headers }: ResponseHead,
  requestId: string,
): Translation | null {
  const { 'content-encoding': coding = 'identity' } = headers;
  if (status < 400 || coding !== 'identity') return null;
  return {
    head: { status, headers: { ...headers, 'content-type': 'application/json' } },
    receiver: (sink) =>
      new WholeBody(sink, (body) => {
        const id = requestIdOf(headers) ?? requestId;
        return inEnvelope(status, typeOfAmazonError(headers), body, id);
      }),
  };
}

/**
 * Returns an error in Anthropic's envelope: https://platform.claude.com/docs/en/api/errors.
 * @param requestId a text, which clients expect
 */
export function anthropicError(type: string, message: string, requestId: string): object {
  return { type: OWN_TYPE, error: { type, message }, request_id: requestId };
}

/** Returns the id that a response names in Anthropic's header; `null` for none. */
export function requestIdOf({ 'request-id': id }: ResponseHead['headers']): string | null {
  return typeof id === 'string' && id !== '' ? id : null;
}

/** An error that has the envelope stays. */
function inEnvelope(status: number, named: string | null, body: Buffer, requestId: string): Buffer {
  const facts = refusalFactsOf(body);
  if (facts?.codes.includes(OWN_TYPE) === true) return body;
  const type = isAccountRefusal(body)
    ? 'authentication_error'
    : (named ?? anthropicErrorType(status));
  const message = facts?.message ?? '';
  const told = message === '' ? `The provider answered with status ${String(status)}.` : message;
  return Buffer.from(JSON.stringify(anthropicError(type, told, requestId)));
}
