import { ERROR_CODES, GatehouseError, type ErrorCode } from '#libs/common';
import { errorBodyOf, errorHeadersOf } from './error-body.js';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('the error envelope', () => {
  it.each(codes)('has the fixed shape for %s and stays below 1 KB', (code) => {
    const error = new GatehouseError(code, {
      message: 'ü'.repeat(5_000),
      param: 'p'.repeat(5_000),
    });
    const body = errorBodyOf(error);
    expect(Object.keys(body.error)).toEqual(['message', 'type', 'param', 'code', 'reason']);
    expect(body.error).toMatchObject({ code: String(error.status), reason: code });
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(1024);
  });

  it('has the facts of a limit, and its headers beside the others', () => {
    const details = { rate_limit: { scope: 'team', remaining: 0 } };
    const error = new GatehouseError('rate_limited', { details, headers: { 'x-limit': '1' } });
    expect(errorBodyOf(error).error).toMatchObject({ reason: 'rate_limited', ...details });
    expect(errorHeadersOf(error, null)).toEqual({
      'x-limit': '1',
      'x-gatehouse-error-source': 'gateway',
    });
  });

  const METADATA = 'https://gw.example/.well-known/oauth-protected-resource';
  const challengeOf = (error: GatehouseError, metadata: string | null = METADATA) =>
    errorHeadersOf(error, metadata)['www-authenticate'];

  it('challenges without an error word when no credential was sent (RFC 6750 section 3)', () => {
    const error = new GatehouseError('credential_missing');
    expect(challengeOf(error)).toBe(`Bearer resource_metadata="${METADATA}"`);
    expect(challengeOf(error, null)).toBe('Bearer');
  });

  it('challenges with invalid_token when one was sent and is bad', () => {
    const error = new GatehouseError('token_expired');
    expect(challengeOf(error)).toBe(
      `Bearer error="invalid_token", resource_metadata="${METADATA}"`,
    );
    expect(challengeOf(error, null)).toBe('Bearer error="invalid_token"');
  });

  it('names the scopes of which one is missing (RFC 6750 section 3.1)', () => {
    const error = new GatehouseError('scope_insufficient', { scopes: ['chat', 'api:chat'] });
    expect(challengeOf(error)).toBe(
      `Bearer error="insufficient_scope", scope="chat api:chat", resource_metadata="${METADATA}"`,
    );
  });

  it('names no scope that could not be one, so that none writes another header', () => {
    const scopes = ['a"b', 'c\r\nset-cookie: x', 'ü', 'with space', '', 'good'];
    const error = new GatehouseError('scope_insufficient', { scopes });
    expect(challengeOf(error, null)).toBe('Bearer error="insufficient_scope", scope="good"');
  });

  it('sends no challenge to a verified caller for any other reason', () => {
    expect(challengeOf(new GatehouseError('team_blocked'))).toBeUndefined();
  });

  it('says when to try again, in whole seconds and never zero', () => {
    const error = new GatehouseError('database_unavailable', { retryAfterSeconds: 0.2 });
    expect(errorHeadersOf(error, null)['retry-after']).toBe('1');
  });

  it('names every status that is fixed for its family', () => {
    for (const code of codes) {
      expect([400, 401, 403, 404, 405, 409, 413, 422, 429, 431, 500, 502, 503, 504]).toContain(
        ERROR_CODES[code].status,
      );
    }
  });
});
