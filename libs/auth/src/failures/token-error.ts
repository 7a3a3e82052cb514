import { GatehouseError } from '#libs/common';

/** The reason of a refused token in logs and traces; the caller never sees it. */
export interface TokenProblem {
  /** The problem, without any value out of the token. */
  readonly problem: string;
  /** Path of the setting that makes it wrong, or `null`. */
  readonly configKey: string | null;
}

/**
 * Returns the refusal of a token. Every problem has the same public message, so that an attacker
 * learns nothing from the response (RFC 8725); the context carries the problem to the log and the
 * decision trace.
 * @param problem the problem, without any value out of the token
 * @param configKey path of the setting behind the problem
 * @param more the library's error, and a remedy if one follows from the problem
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
