import type { Principal } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import { aPrincipal } from '#support/access-builders';
import { introspectionAt, OpaqueHarness } from '#support/opaque-harness';
import { RevocationList } from '../revocation/revocation-list.service.js';
import type { Revocation } from '../revocation/revocation.js';
import { LogoutInquiryService } from './logout-inquiry.service.js';

const LOGOUT: Revocation = {
  revocationId: 'rev_1',
  kind: 'issued_before',
  issuer: 'https://id.example',
  value: 'alice',
  issuedBeforeMs: 1_001_000,
  expiresAtMs: null,
  source: 'logout',
};

let harness: OpaqueHarness;
let logout: Revocation | null;

beforeEach(async () => {
  logout = LOGOUT;
  const revocations = { logoutOfSameSecond: () => Promise.resolve(logout) };
  harness = await OpaqueHarness.start(
    (origin) => introspectionAt(`${origin}/introspect`),
    [{ provide: RevocationList, useValue: revocations }],
  );
  harness.answer({ active: true, sub: 'alice' });
});

afterEach(() => harness.stop());

/** Without a listed issuer the endpoint speaks for its own address. */
const issuerOfEndpoint = (): string => `${harness.server.origin}/introspect`;

const alice = (over: Partial<Principal> = {}): Principal =>
  aPrincipal({ subject: 'alice', issuedAt: 1_000, issuer: issuerOfEndpoint(), ...over });

/** The time of the logout that the token outlived, or the code of the failure. */
async function confirmedBy(
  principal: Principal,
  kind: 'jwt' | 'introspection' = 'jwt',
  token: string | null = 'a.b.c',
): Promise<unknown> {
  const service = harness.harness.module.get(LogoutInquiryService);
  try {
    return (await service.confirmed(principal, { token, kind })).outlivedLogoutMs ?? null;
  } catch (error) {
    return isGatehouseError(error) ? error.code : error;
  }
}

describe('a token that was issued within the second of a logout', () => {
  it.each(['jwt', 'introspection'] as const)(
    'outlived the logout where the provider says active (%s)',
    async (kind) => {
      expect(await confirmedBy(alice(), kind)).toBe(1_001_000);
    },
  );

  it.each<[string, object, number, unknown]>([
    ['is not active', { active: false }, 200, null],
    ['is of another subject', { active: true, sub: 'bob' }, 200, null],
    ['names no subject', { active: true, client_id: 'app' }, 200, null],
    ['is of another issuer', { active: true, sub: 'alice', iss: 'https://o.example' }, 200, null],
    ['cannot be asked about', {}, 500, 'auth_provider_unavailable'],
  ])('did not where the token %s', async (_what, answer, status, expected) => {
    harness.answer(answer, status);
    expect(await confirmedBy(alice())).toBe(expected);
  });

  it('is introspected once for each logout, even if an earlier response is cached', async () => {
    expect(await confirmedBy(alice())).toBe(1_001_000);
    harness.answer({ active: false });
    expect(await confirmedBy(alice())).toBe(1_001_000);
    logout = { ...LOGOUT, issuedBeforeMs: 1_000_900 };
    expect(await confirmedBy(alice())).toBeNull();
    expect(harness.server.keyFetches).toBe(2);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'of another issuer than that of the endpoint',
      () => confirmedBy(alice({ issuer: 'https://o' })),
    ],
    ['that is not at hand', () => confirmedBy(alice(), 'jwt', null)],
    [
      'that no logout of its second refuses',
      () => {
        logout = null;
        return confirmedBy(alice());
      },
    ],
  ])('is shown to no endpoint: one %s', async (_what, outcome) => {
    expect(await outcome()).toBeNull();
    expect(harness.server.keyFetches).toBe(0);
  });
});
