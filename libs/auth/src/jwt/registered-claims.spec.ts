import { isGatehouseError } from '#libs/common';
import type { JwtSettings } from '#libs/config';
import { checkRegisteredClaims } from './registered-claims.js';

const NOW = 1_800_000_000;
const ISSUER = { issuer: 'https://id.example', audience: 'gatehouse', keyUrls: [] };
const SETTINGS = {
  acceptedTypes: ['jwt', 'at+jwt'],
  requireExp: true,
  clockToleranceSeconds: 0,
  maxTokenAgeSeconds: null,
} as unknown as JwtSettings;
const CLAIMS = { iss: ISSUER.issuer, aud: ISSUER.audience, exp: NOW + 60, iat: NOW - 60 };

const judge = (
  claims: Record<string, unknown>,
  settings: Partial<JwtSettings> = {},
  type: string | null = 'JWT',
): string => {
  const all: Record<string, unknown> = { ...CLAIMS, ...claims };
  const present = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  );
  try {
    checkRegisteredClaims(
      { type, claims: present },
      ISSUER,
      { ...SETTINGS, ...settings },
      NOW * 1000,
    );
    return 'good';
  } catch (error) {
    return isGatehouseError(error) ? error.code : String(error);
  }
};

describe('the expiry of a token', () => {
  test.each<[unknown, string]>([
    [NOW + 1, 'good'],
    [NOW + 0.5, 'good'],
    [NOW, 'token_expired'],
    [NOW - 1, 'token_expired'],
    [-1, 'token_expired'],
    [undefined, 'token_invalid'],
    [null, 'token_invalid'],
    [String(NOW + 60), 'token_invalid'],
    [[NOW + 60], 'token_invalid'],
    [Infinity, 'token_invalid'],
    [1e30, 'token_invalid'],
    [true, 'token_invalid'],
  ])('%p is %s', (exp, verdict) => {
    expect(judge({ exp })).toBe(verdict);
  });

  test('may be absent only where it is not required, and never wrong', () => {
    expect(judge({ exp: undefined }, { requireExp: false })).toBe('good');
    expect(judge({ exp: 'never' }, { requireExp: false })).toBe('token_invalid');
    expect(judge({ exp: NOW }, { requireExp: false })).toBe('token_expired');
  });

  test('holds to the second round the tolerance', () => {
    const settings = { clockToleranceSeconds: 30 };
    expect(judge({ exp: NOW - 29 }, settings)).toBe('good');
    expect(judge({ exp: NOW - 30 }, settings)).toBe('token_expired');
  });
});

describe('nbf and iat of a token', () => {
  test.each(['nbf', 'iat'])('%s may not lie in the future, to the second', (name) => {
    expect(judge({ [name]: NOW })).toBe('good');
    expect(judge({ [name]: NOW + 1 })).toBe('token_invalid');
    expect(judge({ [name]: NOW + 30 }, { clockToleranceSeconds: 30 })).toBe('good');
    expect(judge({ [name]: NOW + 31 }, { clockToleranceSeconds: 30 })).toBe('token_invalid');
    expect(judge({ [name]: undefined })).toBe('good');
    for (const wrong of [null, 'now', {}, Number.NaN])
      expect(judge({ [name]: wrong })).toBe('token_invalid');
  });

  test('limit its age where an age is set', () => {
    const settings = { maxTokenAgeSeconds: 100 };
    expect(judge({ iat: NOW - 100 }, settings)).toBe('good');
    expect(judge({ iat: NOW - 101 }, settings)).toBe('token_invalid');
    expect(judge({ iat: undefined }, settings)).toBe('token_invalid');
  });
});

describe('issuer and audience of a token', () => {
  test.each([
    undefined,
    null,
    'https://id.example/',
    'HTTPS://ID.EXAMPLE',
    ['https://id.example'],
    {},
  ])('issuer %p is refused', (iss) => {
    expect(judge({ iss })).toBe('token_invalid');
  });

  test.each<[unknown, string]>([
    ['gatehouse', 'good'],
    [['other', 'gatehouse'], 'good'],
    [undefined, 'token_invalid'],
    ['', 'token_invalid'],
    ['Gatehouse', 'token_invalid'],
    ['gatehouse2', 'token_invalid'],
    ['other gatehouse', 'token_invalid'],
    ['other,gatehouse', 'token_invalid'],
    [[['gatehouse']], 'token_invalid'],
    [{ gatehouse: true }, 'token_invalid'],
    [['gatehouse', 5], 'token_invalid'],
    [[], 'token_invalid'],
  ])('audience %j is %s', (aud, verdict) => {
    expect(judge({ aud })).toBe(verdict);
  });
});

describe('the type of a token', () => {
  test.each<[string | null, string]>([
    [null, 'good'],
    ['JWT', 'good'],
    ['jwt', 'good'],
    ['at+jwt', 'good'],
    ['application/at+jwt', 'good'],
    ['Application/AT+JWT', 'good'],
    ['', 'token_invalid'],
    ['id+jwt', 'token_invalid'],
    ['logout+jwt', 'token_invalid'],
    ['dpop+jwt', 'token_invalid'],
    ['application/application/jwt', 'token_invalid'],
  ])('%j is %s', (type, verdict) => {
    expect(judge({}, {}, type)).toBe(verdict);
  });
});
