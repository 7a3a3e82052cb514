import { anIssuer } from '#support/jwt-settings';
import { attributionOf } from './endpoint-issuer.js';

const STAFF = 'https://idp.example/realms/staff';
const issuers = [
  anIssuer({ issuer: STAFF, isGlobal: false }),
  anIssuer({ issuer: 'https://idp.example/realms', isGlobal: false }),
  anIssuer({ issuer: 'https://other.example/', isGlobal: false }),
  anIssuer({ issuer: 'kubernetes/serviceaccount', isGlobal: false }),
];
const globalIssuer = anIssuer({ issuer: 'https://global.example', isGlobal: true });

describe('the issuer of an answer', () => {
  test.each([
    [`${STAFF}/protocol/openid-connect/userinfo`, STAFF],
    ['https://other.example/userinfo', 'https://other.example/'],
    [`${STAFF}-others/userinfo`, 'https://idp.example/realms'],
    [
      'https://idp.example:444/realms/staff/userinfo',
      'https://idp.example:444/realms/staff/userinfo',
    ],
    ['https://elsewhere.example/me?secret=1', 'https://elsewhere.example/me'],
  ])('at %s is %s', (endpoint, expected) => {
    expect(attributionOf(endpoint, undefined, issuers).iss).toBe(expected);
  });

  test('is JWT_ISSUER for an endpoint that no listed issuer owns', () => {
    const all = [...issuers, globalIssuer];
    expect(attributionOf('https://elsewhere.example/me', undefined, all)).toEqual({
      iss: 'https://global.example',
      entry: globalIssuer,
    });
  });

  test('is what the answer says, where no listed issuer owns the endpoint', () => {
    expect(attributionOf('https://elsewhere.example/me', 'https://a.example', issuers)).toEqual({
      iss: 'https://a.example',
      entry: null,
    });
  });

  test('is never another one than that whose endpoint it is (threat C02)', () => {
    const endpoint = `${STAFF}/introspect`;
    expect(attributionOf(endpoint, STAFF, issuers)).toEqual({ iss: STAFF, entry: issuers[0] });
    expect(() => attributionOf(endpoint, 'https://other.example/', issuers)).toThrow(
      expect.objectContaining({ code: 'token_invalid' }),
    );
  });

  test.each([null, '', 5, ['https://a.example'], 'a\0b'])('is refused as %j', (stated) => {
    expect(() => attributionOf('https://elsewhere.example/me', stated, [])).toThrow(
      expect.objectContaining({ code: 'token_invalid' }),
    );
  });
});
