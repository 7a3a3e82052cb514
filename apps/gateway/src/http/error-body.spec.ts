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

  it('challenges without an error word when no credential was sent (RFC 6750 section 3)', () => {
    expect(errorHeadersOf(new GatehouseError('credential_missing'))['www-authenticate']).toBe(
      'Bearer',
    );
  });

  it('challenges with invalid_token when one was sent and is bad', () => {
    expect(errorHeadersOf(new GatehouseError('token_expired'))['www-authenticate']).toBe(
      'Bearer error="invalid_token"',
    );
  });

  it('challenges nobody who was verified', () => {
    expect(errorHeadersOf(new GatehouseError('team_blocked'))).not.toHaveProperty(
      'www-authenticate',
    );
  });

  it('says when to try again, in whole seconds and never zero', () => {
    const error = new GatehouseError('database_unavailable', { retryAfterSeconds: 0.2 });
    expect(errorHeadersOf(error)['retry-after']).toBe('1');
  });

  it('names every status that is fixed for its family', () => {
    for (const code of codes) {
      expect([400, 401, 403, 404, 409, 413, 429, 431, 500, 502, 503, 504]).toContain(
        ERROR_CODES[code].status,
      );
    }
  });
});
