import { ERROR_CODES, type ErrorCode } from './error-codes.js';
import { errorBodyOf, wireErrorBodyOf } from './error-body.js';
import { GatehouseError } from './gatehouse-error.js';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];
const SIZE = { message: 'ü'.repeat(5_000), param: 'p'.repeat(5_000) };

describe('the error envelope', () => {
  it.each(codes)('has the fixed shape for %s and stays below 1 KB', (code) => {
    const error = new GatehouseError(code, SIZE);
    const body = errorBodyOf(error);
    expect(Object.keys(body.error)).toEqual(['message', 'type', 'param', 'code', 'reason']);
    expect(body.error).toMatchObject({ code: String(error.status), reason: code });
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(1024);
  });

  it('has the facts of a limit', () => {
    const details = { rate_limit: { scope: 'team', remaining: 0 } };
    const error = new GatehouseError('rate_limited', { details });
    expect(errorBodyOf(error).error).toMatchObject({ reason: 'rate_limited', ...details });
  });

  it('names every status that is fixed for its family', () => {
    for (const code of codes) {
      expect([400, 401, 403, 404, 405, 409, 413, 422, 429, 431, 500, 502, 503, 504]).toContain(
        ERROR_CODES[code].status,
      );
    }
  });
});

describe('the error envelope of Anthropic’s routes', () => {
  it.each(codes)('has the members of Anthropic and ours for %s, below 1 KB', (code) => {
    const error = new GatehouseError(code, SIZE);
    const body = wireErrorBodyOf(error, 'anthropic', 'req-1');
    expect(body).toMatchObject({
      type: 'error',
      request_id: 'req-1',
      error: { type: expect.stringMatching(/^[a-z_]+$/) as string, reason: code },
    });
    expect(body.error).toMatchObject({ ...errorBodyOf(error).error, type: body.error.type });
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(1_024);
  });

  it.each([
    ['token_invalid', 'authentication_error'],
    ['team_blocked', 'permission_error'],
    ['request_invalid', 'invalid_request_error'],
    ['method_not_allowed', 'invalid_request_error'],
    ['not_found', 'not_found_error'],
    ['body_too_large', 'request_too_large'],
    ['rate_limited', 'rate_limit_error'],
    ['budget_exceeded', 'billing_error'],
    ['internal_error', 'api_error'],
    ['upstream_invalid', 'api_error'],
    ['no_deployment_available', 'overloaded_error'],
    ['upstream_timeout', 'timeout_error'],
  ] as const)('names %s as %s', (code, type) => {
    expect(wireErrorBodyOf(new GatehouseError(code), 'anthropic', 'r').error.type).toBe(type);
  });

  it('names an exhausted budget alike under every status', () => {
    for (const status of [400, 402, 422, 429]) {
      const error = new GatehouseError('budget_exceeded', { status });
      expect(wireErrorBodyOf(error, 'anthropic', 'r').error.type).toBe('billing_error');
    }
  });
});

describe('the error envelope of Google’s routes', () => {
  it.each(codes)('has the members of Google and ours for %s, below 1 KB', (code) => {
    const error = new GatehouseError(code, SIZE);
    const body = wireErrorBodyOf(error, 'google', 'req-1');
    expect(Object.keys(body)).toEqual(['error']);
    expect(body.error).toMatchObject({
      code: error.status,
      message: errorBodyOf(error).error.message,
      status: expect.stringMatching(/^[A-Z_]+$/) as string,
      reason: code,
    });
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(1_024);
  });

  it.each([
    ['token_expired', 'UNAUTHENTICATED'],
    ['model_not_allowed', 'PERMISSION_DENIED'],
    ['request_invalid', 'INVALID_ARGUMENT'],
    ['not_found', 'NOT_FOUND'],
    ['rate_limited', 'RESOURCE_EXHAUSTED'],
    ['budget_exceeded', 'RESOURCE_EXHAUSTED'],
    ['internal_error', 'INTERNAL'],
    ['upstream_unreachable', 'UNAVAILABLE'],
    ['upstream_timeout', 'DEADLINE_EXCEEDED'],
  ] as const)('names %s as %s', (code, status) => {
    expect(wireErrorBodyOf(new GatehouseError(code), 'google', 'r').error['status']).toBe(status);
  });
});
