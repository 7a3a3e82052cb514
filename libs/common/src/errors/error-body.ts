import type { WireFormat } from './wire-format.js';
import type { GatehouseError } from './gatehouse-error.js';
import { anthropicTypeOf, googleStatusOf } from './wire-error-names.js';

/** The error in the envelope of every failure that Gatehouse itself answers with; below 1 KB, without the details of a limit. */
interface ErrorFacts {
  readonly message: string;
  /** LiteLLM's name of the family; on Anthropic's routes that of Anthropic. */
  readonly type: string;
  readonly param: string | null;
  /** The HTTP status as a string, as LiteLLM has it; on Google's routes a number. */
  readonly code: string | number;
  /** Our stable code. */
  readonly reason: string;
  /** Facts of some reasons, for programs. */
  readonly [detail: string]: unknown;
}

/** The envelope of a failure. */
export interface ErrorBody {
  readonly error: ErrorFacts;
}

const MAX_MESSAGE_BYTES = 700;
const MAX_PARAM_LENGTH = 120;

/** Returns the envelope of an error in OpenAI's form. */
export function errorBodyOf(error: GatehouseError): ErrorBody {
  return {
    error: {
      message: cut(error.message),
      type: error.type,
      param: error.param?.slice(0, MAX_PARAM_LENGTH) ?? null,
      code: String(error.status),
      reason: error.code,
      ...error.details,
    },
  };
}

/**
 * Returns the envelope of an error in the form of a route: the members that clients of that API read, and beside them those of every
 * refusal. https://platform.claude.com/docs/en/api/errors, https://google.aip.dev/193
 * @param requestId ours, as in `x-request-id`
 */
export function wireErrorBodyOf(
  error: GatehouseError,
  wire: WireFormat,
  requestId: string,
): ErrorBody {
  const body = errorBodyOf(error);
  switch (wire) {
    case 'openai':
      return body;
    case 'anthropic':
      return Object.assign(
        { type: 'error' },
        { error: { ...body.error, type: anthropicTypeOf(error) } },
        { request_id: requestId },
      );
    case 'google':
      return { error: { ...body.error, code: error.status, status: googleStatusOf(error) } };
  }
}

function cut(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return message;
  return `${bytes
    .subarray(0, MAX_MESSAGE_BYTES)
    .toString('utf8')
    .replace(/\ufffd+$/, '')}…`;
}
