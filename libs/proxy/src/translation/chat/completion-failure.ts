import { openaiErrorType } from '#libs/common';
import type { ModelFailure } from '../model-exchange.js';

/** An error as clients of OpenAI's API read it: https://platform.openai.com/docs/guides/error-codes. */
interface CompletionFailure {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: null;
    /** The HTTP status as a string, as LiteLLM has it. */
    readonly code: string;
  };
}

/** Returns the body of a failure in OpenAI's form. */
export function completionFailure({ status, message }: ModelFailure): CompletionFailure {
  return { error: { message, type: openaiErrorType(status), param: null, code: String(status) } };
}
