import fc from 'fast-check';
import type { Principal } from '#libs/access';
import { aPrincipal, ISSUER } from '#support/access-builders';
import { isOfLogoutSecond, RevocationIndex } from './revocation-index.js';
import { revocationIdOf, type Revocation, type RevocationTarget } from './revocation.js';

const NOW = 1_800_000_000_000;
const OTHER = 'https://other.example';
const TOKEN: Partial<Principal> = {
  subject: 'alice',
  tokenId: 'token-1',
  sessionId: 'session-1',
  clientIds: ['app', 'app-of-vendor'],
  issuedAt: 1_700_000_000,
};

function aRevocation(target: RevocationTarget, rest: Partial<Revocation> = {}): Revocation {
  return {
    revocationId: revocationIdOf(target),
    issuedBeforeMs: null,
    expiresAtMs: null,
    source: 'admin',
    ...target,
    ...rest,
  };
}

function isRevoked(revocation: Revocation, principal: Partial<Principal> = {}): boolean {
  const index = new RevocationIndex();
  index.put(revocation);
  return index.find(aPrincipal({ ...TOKEN, ...principal }), NOW) !== null;
}

const before = (seconds: number): Partial<Revocation> => ({ issuedBeforeMs: seconds * 1_000 });

describe('the index of revocations', () => {
  it.each<[string, RevocationTarget, Partial<Principal>]>([
    ['token', { kind: 'token', issuer: ISSUER, value: 'token-1' }, { tokenId: 'token-2' }],
    ['subject', { kind: 'subject', issuer: ISSUER, value: 'alice' }, { subject: 'bob' }],
    ['session', { kind: 'session', issuer: ISSUER, value: 'session-1' }, { sessionId: 's' }],
    ['client', { kind: 'client', issuer: ISSUER, value: 'app' }, { clientIds: [] }],
    [
      'each client',
      { kind: 'client', issuer: ISSUER, value: 'app-of-vendor' },
      { clientIds: ['app'] },
    ],
  ])('denies by %s, of that issuer alone', (_kind, target, another) => {
    expect(isRevoked(aRevocation(target))).toBe(true);
    expect(isRevoked(aRevocation(target), another)).toBe(false);
    expect(isRevoked(aRevocation({ ...target, issuer: OTHER }))).toBe(false);
    expect(isRevoked(aRevocation(target), { issuer: null })).toBe(false);
  });

  it.each<[string, RevocationTarget, Partial<Principal>]>([
    ['everybody', { kind: 'issued_before', issuer: null, value: null }, { issuer: null }],
    ['an issuer', { kind: 'issued_before', issuer: ISSUER, value: null }, { subject: null }],
    ['a subject', { kind: 'issued_before', issuer: ISSUER, value: 'alice' }, {}],
  ])('denies what was issued to %s before a time, and nothing newer', (_who, target, principal) => {
    const revocation = aRevocation(target, before(1_700_000_000));
    expect(isRevoked(revocation, { ...principal, issuedAt: 1_699_999_999.9 })).toBe(true);
    expect(isRevoked(revocation, { ...principal, issuedAt: 1_700_000_000 })).toBe(false);
  });

  it('leaves other issuers and subjects alone when it denies by time', () => {
    const ofIssuer = { kind: 'issued_before', issuer: OTHER, value: null } as const;
    const ofSubject = { kind: 'issued_before', issuer: ISSUER, value: 'bob' } as const;
    expect(isRevoked(aRevocation(ofIssuer, before(1_800_000_000)))).toBe(false);
    expect(isRevoked(aRevocation(ofSubject, before(1_800_000_000)))).toBe(false);
  });

  it('counts a token that does not say when it was issued as old', () => {
    const everybody = { kind: 'issued_before', issuer: null, value: null } as const;
    expect(isRevoked(aRevocation(everybody, before(1)), { issuedAt: null })).toBe(true);
  });

  it.each(['userinfo', 'introspection'] as const)(
    'leaves an opaque token without time (%s) to the provider that logged its bearer out',
    (kind) => {
      const target = { kind: 'issued_before', issuer: ISSUER, value: 'alice' } as const;
      const opaque = { kind, issuedAt: null };
      const logout = aRevocation(target, { ...before(1_800_000_000), source: 'logout' });
      expect(isRevoked(logout, opaque)).toBe(false);
      expect(isRevoked(logout)).toBe(true);
      expect(isRevoked(aRevocation(target, before(1_800_000_000)), opaque)).toBe(true);
    },
  );

  it('denies by a logout those tokens of the subject that name no session', () => {
    const target = { kind: 'sessionless', issuer: ISSUER, value: 'alice' } as const;
    const revocation = aRevocation(target, before(1_800_000_000));
    expect(isRevoked(revocation, { sessionId: null })).toBe(true);
    expect(isRevoked(revocation)).toBe(false);
  });

  /** The logout happened within second 1000, so that its row ends what was issued before second 1001. */
  it.each<[string, Partial<Principal>, boolean]>([
    ['of an earlier second', { issuedAt: 999, authenticatedAt: 999 }, true],
    [
      'of an earlier second, which claims a later login',
      { issuedAt: 999, authenticatedAt: 1_000 },
      true,
    ],
    ['of that second and an earlier login', { issuedAt: 1_000, authenticatedAt: 999 }, true],
    ['of that second, which tells no login', { issuedAt: 1_000, authenticatedAt: null }, true],
    ['of that second and a login within it', { issuedAt: 1_000, authenticatedAt: 1_000 }, false],
    ['of a later second and an earlier login', { issuedAt: 1_001, authenticatedAt: 1 }, false],
    ['of a later second', { issuedAt: 1_001, authenticatedAt: null }, false],
  ])('a logout decides about a token %s', (_what, times, isRefused) => {
    for (const kind of ['issued_before', 'sessionless'] as const) {
      const target = { kind, issuer: ISSUER, value: 'alice' };
      const token = { ...times, sessionId: null };
      const logout = aRevocation(target, { ...before(1_001), source: 'logout' });
      expect(isRevoked(logout, token)).toBe(isRefused);
      const isOld = (times.issuedAt ?? 0) < 1_001;
      expect(isRevoked(aRevocation(target, before(1_001)), token)).toBe(isOld);
    }
  });

  /** The logout happened at second 1000.4. */
  it.each<[string, Partial<Principal>, boolean]>([
    ['before it', { issuedAt: 1_000.3 }, true],
    ['after it', { issuedAt: 1_000.5 }, false],
    ['at that moment', { issuedAt: 1_000.4 }, false],
    ['in that second, without a fraction', { issuedAt: 1_000 }, true],
    ['in that second, with a login within it', { issuedAt: 1_000, authenticatedAt: 1_000 }, false],
    ['in that second, with an earlier login', { issuedAt: 1_000, authenticatedAt: 999 }, true],
    ['in the second before', { issuedAt: 999, authenticatedAt: 1_000 }, true],
  ])(
    'a logout whose time has a fraction decides about a token of %s',
    (_what, times, isRefused) => {
      const target = { kind: 'issued_before', issuer: ISSUER, value: 'alice' } as const;
      const logout = aRevocation(target, { ...before(1_000.4), source: 'logout' });
      expect(isRevoked(logout, { authenticatedAt: null, ...times })).toBe(isRefused);
    },
  );

  it.each<[string, number, Partial<Revocation>, boolean]>([
    ['that logout', 1_001_000, { source: 'logout' }, false],
    ['an earlier logout', 1_000_000, { source: 'logout' }, true],
    ['a revocation of an administrator', 1_001_000, { source: 'admin' }, true],
  ])('lets a token pass that outlived %s alone', (_what, outlivedLogoutMs, rest, isRefused) => {
    const target = { kind: 'issued_before', issuer: ISSUER, value: 'alice' } as const;
    const token = { issuedAt: 1_000, authenticatedAt: null, outlivedLogoutMs };
    expect(isRevoked(aRevocation(target, { ...before(1_001), ...rest }), token)).toBe(isRefused);
  });

  it.each<[string, Partial<Revocation>, number | null, boolean]>([
    ['of the second of a logout', { ...before(1_001), source: 'logout' }, 1_000, true],
    ['of the second of an exact logout', { ...before(1_000.4), source: 'logout' }, 1_000, true],
    ['of an earlier second', { ...before(1_001), source: 'logout' }, 999, false],
    ['without a time', { ...before(1_001), source: 'logout' }, null, false],
    ['that an administrator revoked', { ...before(1_001), source: 'admin' }, 1_000, false],
    ['of a session', { issuedBeforeMs: null, source: 'logout' }, 1_000, false],
  ])('tells whether a refused token is one %s', (_what, rest, issuedAt, expected) => {
    const target = { kind: 'issued_before', issuer: ISSUER, value: 'alice' } as const;
    expect(isOfLogoutSecond({ issuedAt }, aRevocation(target, rest))).toBe(expected);
  });

  it('holds until it expires and not at that time', () => {
    const target = { kind: 'subject', issuer: ISSUER, value: 'alice' } as const;
    expect(isRevoked(aRevocation(target, { expiresAtMs: NOW + 1 }))).toBe(true);
    expect(isRevoked(aRevocation(target, { expiresAtMs: NOW }))).toBe(false);
  });

  it('forgets what is removed and what has expired', () => {
    const index = new RevocationIndex();
    const one = aRevocation({ kind: 'subject', issuer: ISSUER, value: 'alice' });
    const other = aRevocation(
      { kind: 'subject', issuer: ISSUER, value: 'bob' },
      { expiresAtMs: NOW },
    );
    index.put(one);
    index.put(other);
    index.prune(NOW);
    expect(index.size).toBe(1);
    index.remove(other.revocationId);
    index.remove(one.revocationId);
    expect(index.size).toBe(0);
    expect(index.find(aPrincipal(TOKEN), NOW)).toBeNull();
  });

  /** Ids come out of tokens: nothing in one of them may reach over into another. */
  it('never takes one target for another', () => {
    const target = fc.record<RevocationTarget>({
      kind: fc.constantFrom('token', 'subject', 'session', 'client'),
      issuer: fc.string({ minLength: 1 }),
      value: fc.string({ minLength: 1 }),
    });
    fc.assert(
      fc.property(target, target, (one, other) => {
        const isSame =
          one.kind === other.kind && one.issuer === other.issuer && one.value === other.value;
        expect(revocationIdOf(one) === revocationIdOf(other)).toBe(isSame);
      }),
    );
  });
});
