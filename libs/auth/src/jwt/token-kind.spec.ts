import { isGatehouseError } from '#libs/common';
import type { IssuerSettings } from '#libs/config';
import { anIssuer } from '#support/jwt-settings';
import { tokenRemedyOf } from '../failures/token-error.js';
import { checkStatedKind, checkTokenKind } from './token-kind.js';

const PLAIN = anIssuer();
const BEARER_REMEDY =
  'get a bearer token: at the provider, switch off DPoP and certificate-bound tokens for the client';

function remedyFor(
  claims: Record<string, unknown>,
  entry: Partial<IssuerSettings> = {},
): string | null {
  try {
    checkTokenKind(claims, { ...PLAIN, ...entry });
    return 'accepted';
  } catch (error) {
    if (!isGatehouseError(error, 'token_invalid')) throw error;
    return tokenRemedyOf(error);
  }
}

describe('a token that is bound to a key', () => {
  test.each<[string, unknown]>([
    ['by DPoP', { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }],
    ['by a certificate', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
    ['by a key', { jwk: { kty: 'EC' } }],
    ['by the name of a key', { kid: 'k' }],
    ['by an encrypted key', { jwe: 'e' }],
    ['by the address of a key set', { jku: 'https://id.example/keys' }],
    ['in a way of the vendor', { tbh: 'h' }],
    ['in no way', {}],
    ['by a text', 'jkt'],
    ['by a list', [{ jkt: 'x' }]],
  ])('%s is refused', (_how, cnf) => {
    expect(remedyFor({ cnf })).toBe(BEARER_REMEDY);
    expect(() => {
      checkStatedKind({ cnf });
    }).toThrow('The access token is not accepted.');
  });

  test.each([
    ['typ', 'DPoP'],
    ['token_type', 'dpop'],
    ['token_type', 'PoP'],
  ])('that %s names as %s is refused', (name, kind) => {
    expect(remedyFor({ [name]: kind })).toBe(BEARER_REMEDY);
  });

  test('is not one whose member is null or absent', () => {
    expect(remedyFor({ cnf: null })).toBe('accepted');
    expect(remedyFor({})).toBe('accepted');
  });
});

describe('a payload that names another kind', () => {
  test.each<[string, unknown, string]>([
    ['typ', 'ID', 'the ID token'],
    ['typ', 'id', 'the ID token'],
    ['typ', 'id_token', 'the ID token'],
    ['typ', 'application/id+jwt', 'the ID token'],
    ['typ', ['ID'], 'the ID token'],
    ['token_use', 'id', 'the ID token'],
    ['token_type', 'id_token', 'the ID token'],
    ['typ', 'Refresh', 'the refresh token'],
    ['token_type', 'refresh', 'the refresh token'],
    ['typ', 'OFFLINE', 'the offline token'],
    ['typ', 'Logout', 'a logout token'],
    ['typ', 'logout+jwt', 'a logout token'],
    ['typ', 'InitialAccessToken', 'an initial access token'],
    ['typ', 'RegistrationAccessToken', 'a registration access token'],
  ])('%s %j is refused', (name, kind, what) => {
    expect(remedyFor({ [name]: kind })).toBe(`send the access token, not ${what}`);
  });

  test.each<[string, unknown]>([
    ['typ', 'Bearer'],
    ['typ', 'JWT'],
    ['typ', 'at+jwt'],
    ['typ', 'identity'],
    ['typ', 7],
    ['typ', null],
    ['typ', { ID: true }],
    ['token_use', 'access'],
    ['token_type', 'Bearer'],
    ['token_type', 'access_token'],
    ['idtyp', 'app'],
  ])('%s %j is accepted', (name, kind) => {
    expect(remedyFor({ [name]: kind })).toBe('accepted');
  });
});

describe('a security event token', () => {
  test.each<[string, unknown]>([
    ['of a back-channel logout', { 'http://schemas.openid.net/event/backchannel-logout': {} }],
    [
      'of a disabled account',
      { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': { subject: {} } },
    ],
    [
      'of a revoked session',
      { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} },
    ],
    ['without an event', {}],
  ])('%s is refused', (_which, events) => {
    expect(remedyFor({ events })).toMatch(/^send the access token, not a logout token/);
    expect(() => {
      checkStatedKind({ events });
    }).toThrow('The access token is not accepted.');
  });

  test.each<[unknown]>([[null], [['read']], ['logout'], [7]])(
    'is not one whose events are %j',
    (events) => {
      expect(remedyFor({ events })).toBe('accepted');
    },
  );
});

describe('the marks of an issuer', () => {
  const accessTokens = {
    marks: [
      { path: 'azp', values: ['*'] },
      { path: 'use', values: ['api', 'app'] },
    ],
    excludedClaims: ['at_hash', 'c_hash'],
  };
  const entry = { accessTokens, preset: 'entra', configPath: 'gatehouse.issuers[0]' } as const;

  test('need one hit', () => {
    const wanted = 'send the access token: those of this issuer have `azp` or `use: api or app`';
    expect(remedyFor({ azp: 'client' }, entry)).toBe('accepted');
    expect(remedyFor({ use: 'app' }, entry)).toBe('accepted');
    for (const claims of [{}, { azp: '' }, { azp: null }, { use: 'id' }, { azp: {} }])
      expect(remedyFor(claims, entry)).toBe(wanted);
  });

  test.each(['at_hash', 'c_hash'])('exclude %s', (name) => {
    const remedy = 'send the access token, not the ID token';
    expect(remedyFor({ azp: 'client', [name]: 'h' }, entry)).toBe(remedy);
  });

  test('of an issuer without a preset exclude the hash of a code alone, for Dex puts at_hash into access tokens', () => {
    expect(remedyFor({ at_hash: 'h', nonce: 'n' })).toBe('accepted');
    expect(remedyFor({ c_hash: 'h' })).toBe('send the access token, not the ID token');
  });

  test('are not asked for in a response about a token', () => {
    expect(() => {
      checkStatedKind({ token_type: 'Bearer', active: true });
    }).not.toThrow();
  });
});
