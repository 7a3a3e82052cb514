import { GatehouseError } from '#libs/common';

/** What a refused token is told apart by in logs and traces; the caller never sees it. */
export interface TokenProblem {
  /** What is wrong, without any value out of the token. */
  readonly problem: string;
  /** Path of the setting that makes it wrong, or `null`. */
  readonly configKey: string | null;
}

/**
 * The refusal of a token. Every problem gets the same public sentence, so that the answer is no
 * oracle (RFC 8725); the problem travels in the context, for the log and the decision trace.
 * @param problem what is wrong, without any value out of the token
 * @param configKey path of the setting that makes it wrong
 * @param more the library's error, and what would let the next token through, where that follows from the problem
 */
export function tokenInvalid(
  problem: string,
  configKey: string | null = null,
  more: { readonly cause?: unknown; readonly remedy?: string } = {},
): GatehouseError {
  const { cause, remedy } = more;
  const context: TokenProblem = { problem, configKey };
  return new GatehouseError('token_invalid', {
    context: { ...context, ...(remedy === undefined ? {} : { remedy }) },
    cause,
  });
}

/** Returns the remedy that the refusal of a token carries, `null` where it carries none. */
export function tokenRemedyOf({ context }: GatehouseError): string | null {
  return typeof context['remedy'] === 'string' ? context['remedy'] : null;
}

/** The {@link TokenProblem} that a refusal carries; a general one where it carries none. */
export function tokenProblemOf(error: GatehouseError): TokenProblem {
  const { problem, configKey } = error.context;
  return {
    problem: typeof problem === 'string' ? problem : error.message,
    configKey: typeof configKey === 'string' ? configKey : null,
  };
}
