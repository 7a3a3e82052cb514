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
 */
export function anthropicErrors({ status, headers }: ResponseHead): Translation | null {
  const { 'content-encoding': coding = 'identity' } = headers;
  if (status < 400 || coding !== 'identity') return null;
  return {
    head: { status, headers: { ...headers, 'content-type': 'application/json' } },
    receiver: (sink) =>
      new WholeBody(sink, (body) => {
        const { 'request-id': id } = headers;
        return inEnvelope(status, typeOfAmazonError(headers), body, id);
      }),
  };
}

/** Returns an error in Anthropic's envelope: https://platform.claude.com/docs/en/api/errors. */
export function anthropicError(type: string, message: string): object {
  return { type: OWN_TYPE, error: { type, message } };
}

/** An error that has the envelope stays. Without a `requestId` the member is left out. */
function inEnvelope(
  status: number,
  named: string | null,
  body: Buffer,
  requestId: string | string[] | undefined,
): Buffer {
  const facts = refusalFactsOf(body);
  if (facts?.codes.includes(OWN_TYPE) === true) return body;
  const type = isAccountRefusal(body)
    ? 'authentication_error'
    : (named ?? anthropicErrorType(status));
  const message = facts?.message ?? '';
  const told = message === '' ? `The provider answered with status ${String(status)}.` : message;
  return Buffer.from(JSON.stringify({ ...anthropicError(type, told), request_id: requestId }));
}
