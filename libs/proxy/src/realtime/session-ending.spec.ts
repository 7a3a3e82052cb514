import { NO_CALLER, type Principal } from '#libs/access';
import { credentialEndOf } from './session-ending.js';

const NOW_MS = 1_000_000;
const AGES = { clockToleranceSeconds: 30, maxTokenAgeSeconds: null };

const principal = (parts: Partial<Principal>): Principal => ({
  ...NO_CALLER,
  kind: 'jwt',
  ...parts,
});

const endOf = (parts: Partial<Principal>, ages: Partial<typeof AGES> | object = {}) => {
  const end = credentialEndOf(principal(parts), { ...AGES, ...ages }, NOW_MS);
  return end === null ? null : { leftMs: end.leftMs, reason: end.error.code };
};

describe('the end of the credential of a session', () => {
  it('is that of the token, with the tolerance of clocks', () => {
    expect(endOf({ claims: { exp: 1_010 } })).toEqual({ leftMs: 40_000, reason: 'token_expired' });
    expect(endOf({ claims: { exp: 900 } })).toEqual({ leftMs: 0, reason: 'token_expired' });
    expect(endOf({ claims: {} })).toBeNull();
  });

  it('is the greatest age of a token where that comes first', () => {
    const parts = { claims: { exp: 2_000 }, issuedAt: 990 };
    expect(endOf(parts, { maxTokenAgeSeconds: 60 })).toMatchObject({ leftMs: 80_000 });
    expect(endOf({ claims: {}, issuedAt: 990 }, { maxTokenAgeSeconds: 60 })).toMatchObject({
      leftMs: 80_000,
    });
    expect(endOf({ ...parts, issuedAt: 1_990 }, { maxTokenAgeSeconds: 60 })).toMatchObject({
      leftMs: 1_030_000,
    });
  });

  it('is that of the key which the session runs as where that comes first, without a tolerance', () => {
    expect(endOf({ kind: 'virtual_key', keyExpiresAtMs: 1_005_000 })).toEqual({
      leftMs: 5_000,
      reason: 'key_expired',
    });
    expect(endOf({ claims: { exp: 1_010 }, keyExpiresAtMs: 1_005_000 })).toEqual({
      leftMs: 5_000,
      reason: 'key_expired',
    });
    expect(endOf({ claims: { exp: 1_010 }, keyExpiresAtMs: 1_900_000 })).toEqual({
      leftMs: 40_000,
      reason: 'token_expired',
    });
  });
});
