import type { ExplainedCall } from '#libs/auth';
import type { CaseDefaults, ExpectationCase, StatedRequest } from './expectation-file.js';

const TOKEN_LIFE_SECONDS = 3_600;
const CHAT_COMPLETIONS = '/v1/chat/completions';

/** A request of a case with the defaults of its file and of the format. */
export interface CompleteRequest {
  readonly method: string;
  readonly route: string;
  readonly model: string | undefined;
  readonly user: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The claims of a case as a fresh token of its issuer has them.
 * @param defaults what every case of the file begins with
 * @param nowSeconds the time, in seconds since the Unix epoch
 */
export function completeClaims(
  one: Pick<ExpectationCase, 'claims' | 'issuer'>,
  defaults: CaseDefaults,
  nowSeconds: number,
): Readonly<Record<string, unknown>> {
  const issuer = one.issuer ?? defaults.issuer;
  const all: Record<string, unknown> = {
    ...(issuer === undefined ? {} : { iss: issuer }),
    iat: nowSeconds,
    exp: nowSeconds + TOKEN_LIFE_SECONDS,
    ...defaults.claims,
    ...one.claims,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/**
 * The request of a case.
 * @param request what the case says
 * @param defaults what every case of the file begins with
 */
export function completeRequest(
  request: StatedRequest = {},
  defaults: StatedRequest = {},
): CompleteRequest {
  return {
    method: request.method ?? defaults.method ?? 'POST',
    route: request.route ?? defaults.route ?? CHAT_COMPLETIONS,
    model: request.model ?? defaults.model,
    user: request.user ?? defaults.user,
    headers: { ...defaults.headers, ...request.headers },
  };
}

/**
 * The question that a case asks.
 * @param defaults what every case of the file begins with
 * @param nowSeconds the time, in seconds since the Unix epoch
 */
export function callOf(
  one: ExpectationCase,
  defaults: CaseDefaults,
  nowSeconds: number,
): ExplainedCall {
  const { method, route, model, user, headers } = completeRequest(one.request, defaults.request);
  const { token } = one;
  return {
    caller:
      token === undefined
        ? { kind: 'claims', claims: completeClaims(one, defaults, nowSeconds) }
        : { kind: 'token', token },
    method,
    route,
    body: { model, user },
    headers,
  };
}
