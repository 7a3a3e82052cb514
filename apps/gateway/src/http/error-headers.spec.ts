import { GatehouseError } from '#libs/common';
import { errorHeadersOf } from './error-headers.js';

describe('the headers of an error', () => {
  it('has those of the error beside its own', () => {
    const error = new GatehouseError('rate_limited', { headers: { 'x-limit': '1' } });
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
});
