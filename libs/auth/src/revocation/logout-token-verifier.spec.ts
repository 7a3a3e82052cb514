import { isGatehouseError } from '#libs/common';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { anIssuer } from '#support/jwt-settings';
import { KeyServer } from '#support/key-server';
import { aSigningKey, signToken, type SigningKey } from '#support/signing';
import { JwtModule } from '../jwt/jwt.module.js';
import { LogoutTokenVerifier } from './logout-token-verifier.js';

const KEY = aSigningKey();
const RSA = aSigningKey('RS256');
const STRANGER: SigningKey = { ...aSigningKey(), kid: KEY.kid };
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

describe('the verification of logout tokens', () => {
  let server: KeyServer;
  let harness: CredentialHarness;

  beforeAll(async () => {
    server = await KeyServer.start(KEY.publicJwk, RSA.publicJwk);
    const issuer = anIssuer({
      keyUrls: [server.jwksUrl],
      issuer: server.origin,
      audience: { values: ['gatehouse'], patterns: [], domains: [] },
      algorithms: ['ES256'],
      requiredClaims: ['email'],
    });
    harness = await aHarness(
      { imports: [JwtModule], providers: [LogoutTokenVerifier] },
      {
        jwt: { issuers: [issuer], requireExp: false },
      },
    );
  });

  afterAll(async () => {
    await harness.close();
    await server.stop();
  });

  function aLogoutToken(
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = KEY,
  ): string {
    const { seconds } = harness.clock;
    const all = {
      iss: server.origin,
      aud: 'gatehouse',
      iat: seconds,
      exp: seconds + 120,
      jti: 'logout-1',
      sub: 'alice',
      events: EVENTS,
      ...claims,
    };
    const payload = Object.fromEntries(
      Object.entries<unknown>(all).filter(([, value]) => value !== undefined),
    );
    return signToken(key, { header: { typ: 'logout+jwt', ...header }, payload });
  }

  async function result(token: string): Promise<string> {
    try {
      const { subject } = await harness.module.get(LogoutTokenVerifier).verify(token);
      return `accepted ${String(subject)}`;
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      return error.code;
    }
  }

  it.each(['logout+jwt', 'LOGOUT+JWT', 'application/logout+jwt'])(
    'accepts one of the type %s, even without the marks of access tokens',
    async (typ) => {
      expect(await result(aLogoutToken({}, { typ }))).toBe('accepted alice');
    },
  );

  it.each([
    ['chat-frontend'],
    [['gatehouse']],
    [['chat-frontend', 'other']],
    ['https://x.example'],
  ])(
    'accepts one whose audience is %j: it is the id of a client, not of this gateway',
    async (aud) => {
      expect(await result(aLogoutToken({ aud, typ: 'Logout' }))).toBe('accepted alice');
    },
  );

  it('refuses one that names no key where its issuer always does', async () => {
    const before = harness.settings.current;
    const own = await KeyServer.start(KEY.publicJwk);
    const resultsWhere = async (isKeyIdRequired: boolean): Promise<string[]> => {
      const entry = { issuer: own.origin, keyUrls: [own.jwksUrl], isKeyIdRequired };
      const issuers = before.jwt.issuers.map((one) => ({ ...one, ...entry }));
      harness.settings.swap({ ...before, jwt: { ...before.jwt, issuers } });
      const named = aLogoutToken({ iss: own.origin });
      const nameless = aLogoutToken({ iss: own.origin }, { kid: undefined });
      return [await result(named), await result(nameless)];
    };
    expect(await resultsWhere(false)).toEqual(['accepted alice', 'accepted alice']);
    expect(await resultsWhere(true)).toEqual(['accepted alice', 'token_invalid']);
    harness.settings.swap(before);
    await own.stop();
  });

  it.each(['JWT', 'at+jwt', undefined])(
    'says what a logout token must have, and names no setting, where the type is %s',
    async (typ) => {
      const refused = harness.module.get(LogoutTokenVerifier).verify(aLogoutToken({}, { typ }));
      const problem = expect.stringContaining('the header typ logout+jwt') as string;
      await expect(refused).rejects.toMatchObject({ context: { problem, configKey: null } });
    },
  );

  it.each<[string, () => string, string]>([
    ['an access token', () => aLogoutToken({ events: undefined }, { typ: 'JWT' }), 'token_invalid'],
    ['one of the type JWT', () => aLogoutToken({}, { typ: 'JWT' }), 'token_invalid'],
    ['one of the type at+jwt', () => aLogoutToken({}, { typ: 'at+jwt' }), 'token_invalid'],
    ['one without a type', () => aLogoutToken({}, { typ: undefined }), 'token_invalid'],
    ['one of another key', () => aLogoutToken({}, {}, STRANGER), 'token_invalid'],
    ['one of another algorithm', () => aLogoutToken({}, {}, RSA), 'token_invalid'],
    ['one without a signature', () => aLogoutToken({}, { alg: 'none' }), 'token_invalid'],
    ['one of another issuer', () => aLogoutToken({ iss: 'https://x.example' }), 'issuer_unknown'],
    ['one without an audience', () => aLogoutToken({ aud: undefined }), 'token_invalid'],
    ['one for an empty audience', () => aLogoutToken({ aud: [] }), 'token_invalid'],
    ['one that is a payload of another type', () => aLogoutToken({ typ: 'ID' }), 'token_invalid'],
    ['one that has expired', () => aLogoutToken({ exp: 1 }), 'token_expired'],
    ['one without an end', () => aLogoutToken({ exp: undefined }), 'token_invalid'],
    ['one without a time of issue', () => aLogoutToken({ iat: undefined }), 'token_invalid'],
    ['one of the future', () => aLogoutToken({ iat: harness.clock.seconds + 60 }), 'token_invalid'],
    ['an ID token', () => aLogoutToken({ nonce: 'n' }), 'token_invalid'],
    ['one that is too large', () => aLogoutToken({ pad: 'x'.repeat(20_000) }), 'token_invalid'],
    ['a string that is not a token', () => 'logout', 'token_invalid'],
  ])('refuses %s', async (_what, token, code) => {
    expect(await result(token())).toBe(code);
  });
});
