import { isGatehouseError } from '#libs/common';
import type { IssuerSettings, JwtSettings } from '#libs/config';
import { anIssuer } from '#support/jwt-settings';
import { checkRegisteredClaims, checkTimes } from './registered-claims.js';

const NOW = 1_800_000_000;
const ISSUER = anIssuer({
  configPath: 'gatehouse.issuers[0]',
  issuer: 'https://id.example',
  audience: { values: ['gatehouse'], patterns: [], domains: [] },
});
const SETTINGS = {
  acceptedTypes: ['jwt', 'at+jwt'],
  requireExp: true,
  requireSub: true,
  clockToleranceSeconds: 0,
  maxTokenAgeSeconds: null,
} as unknown as JwtSettings;
const CLAIMS = { iss: ISSUER.issuer, sub: 'alice', aud: 'gatehouse', exp: NOW + 60, iat: NOW - 60 };

const evaluate = (
  claims: Record<string, unknown>,
  settings: Partial<JwtSettings> = {},
  type: string | null = 'JWT',
  entry: Partial<IssuerSettings> = {},
): string => {
  const all: Record<string, unknown> = { ...CLAIMS, ...claims };
  const present = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  );
  try {
    checkRegisteredClaims(
      { type, claims: present },
      { ...ISSUER, ...entry },
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
  ])('%p is %s', (exp, result) => {
    expect(evaluate({ exp })).toBe(result);
  });

  test('may be absent only where it is not required, and never wrong', () => {
    expect(evaluate({ exp: undefined }, { requireExp: false })).toBe('good');
    expect(evaluate({ exp: 'never' }, { requireExp: false })).toBe('token_invalid');
    expect(evaluate({ exp: NOW }, { requireExp: false })).toBe('token_expired');
  });

  test('holds to the second round the tolerance', () => {
    const settings = { clockToleranceSeconds: 30 };
    expect(evaluate({ exp: NOW - 29 }, settings)).toBe('good');
    expect(evaluate({ exp: NOW - 30 }, settings)).toBe('token_expired');
  });
});

describe('nbf and iat of a token', () => {
  test.each(['nbf', 'iat'])('%s may not lie in the future, to the second', (name) => {
    expect(evaluate({ [name]: NOW })).toBe('good');
    expect(evaluate({ [name]: NOW + 1 })).toBe('token_invalid');
    expect(evaluate({ [name]: NOW + 30 }, { clockToleranceSeconds: 30 })).toBe('good');
    expect(evaluate({ [name]: NOW + 31 }, { clockToleranceSeconds: 30 })).toBe('token_invalid');
    expect(evaluate({ [name]: undefined })).toBe('good');
    for (const wrong of [null, 'now', {}, Number.NaN])
      expect(evaluate({ [name]: wrong })).toBe('token_invalid');
  });

  test.each([
    [
      'nbf',
      40.2,
      {},
      /`nbf` is 41 seconds ahead; or set `gatehouse\.jwt\.clock_tolerance_seconds` to at least 41$/,
    ],
    ['iat', 5, {}, /`iat` is 5 seconds ahead; or set .* at least 5$/],
    ['iat', 300, { clockToleranceSeconds: 30 }, /`iat` is 300 seconds ahead; or set /],
    ['nbf', 301, {}, /`nbf` is more than 300 seconds ahead, .*; then get a new token$/],
  ] as const)('%s that is %d seconds ahead has a remedy', (name, ahead, settings, remedy) => {
    const claims = { ...CLAIMS, [name]: NOW + ahead };
    const check = (): void => {
      checkTimes(claims, { ...SETTINGS, ...settings }, NOW);
    };
    expect(check).toThrow(
      expect.objectContaining({
        context: expect.objectContaining({
          remedy: expect.stringMatching(remedy) as string,
        }) as object,
      }) as Error,
    );
  });

  test('limit its age where an age is set', () => {
    const settings = { maxTokenAgeSeconds: 100 };
    expect(evaluate({ iat: NOW - 100 }, settings)).toBe('good');
    expect(evaluate({ iat: NOW - 101 }, settings)).toBe('token_invalid');
    expect(evaluate({ iat: undefined }, settings)).toBe('token_invalid');
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
    expect(evaluate({ iss })).toBe('token_invalid');
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
  ])('audience %j is %s', (aud, result) => {
    expect(evaluate({ aud })).toBe(result);
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
  ])('%j is %s', (type, result) => {
    expect(evaluate({}, {}, type)).toBe(result);
  });
});

describe('what an entry demands of a token', () => {
  const under = (entry: Partial<IssuerSettings>, claims: Record<string, unknown> = {}) =>
    evaluate(claims, {}, 'JWT', entry);

  test.each<[unknown, string]>([
    ['https://api.acme.example/v1', 'good'],
    ['https://acme.example', 'good'],
    ['https://evil-acme.example', 'token_invalid'],
    ['https://acme.example.evil', 'token_invalid'],
    ['https://acme.example@evil.example', 'token_invalid'],
    ['acme.example', 'token_invalid'],
    ['app-7-test', 'good'],
    ['app-7-live', 'token_invalid'],
    [['other', 'app-x-test'], 'good'],
  ])('audience %j under patterns and hosts is %s', (aud, result) => {
    const audience = { values: [], patterns: ['app-?-test'], domains: ['acme.example'] };
    expect(under({ audience }, { aud })).toBe(result);
  });

  test.each<[unknown, string]>([
    ['x', 'good'],
    [0, 'good'],
    [false, 'good'],
    [{}, 'good'],
    [undefined, 'token_invalid'],
    [null, 'token_invalid'],
    ['', 'token_invalid'],
  ])('a required claim that is %j is %s', (department, result) => {
    expect(under({ requiredClaims: ['department'] }, { department })).toBe(result);
  });

  test.each<[unknown, string]>([
    ['acme', 'good'],
    ['acme/research', 'good'],
    [['other', 'acme'], 'good'],
    [7, 'good'],
    [true, 'good'],
    ['ACME', 'token_invalid'],
    ['acme2', 'token_invalid'],
    ['[a]', 'token_invalid'],
    ['', 'token_invalid'],
    [undefined, 'token_invalid'],
    [{ acme: true }, 'token_invalid'],
    [[['acme']], 'token_invalid'],
  ])('a bound claim that is %j is %s', (owner, result) => {
    const boundClaims = [{ path: 'owner', values: ['acme', 'acme/*', '7', 'true', '[abc]'] }];
    expect(under({ boundClaims }, { owner })).toBe(result);
  });

  test('includes its own types beside those accepted of all', () => {
    expect(evaluate({}, {}, 'JOSE', { acceptedTypes: ['jose'] })).toBe('good');
    expect(evaluate({}, {}, 'JWT', { acceptedTypes: ['jose'] })).toBe('good');
    expect(evaluate({}, {}, 'JOSE')).toBe('token_invalid');
  });
});

describe('the subject and the id of a token (threat C20)', () => {
  test.each([
    [{ not: '' }],
    [['alice']],
    [7],
    [true],
    [null],
    [''],
    ['a\0b'],
    ['\ud800'],
    ['é'.repeat(128)],
  ])('cannot be %p as subject', (sub) => {
    expect(evaluate({ sub })).toBe('token_invalid');
  });

  test.each([[{ id: 't' }], [['t']], [7], [true], [null]])('cannot be %p as id', (jti) => {
    expect(evaluate({ jti })).toBe('token_invalid');
  });

  test('may be any text, and the id may be absent', () => {
    expect(evaluate({ sub: 'é'.repeat(127), jti: 'x'.repeat(300) })).toBe('good');
    expect(evaluate({ jti: undefined })).toBe('good');
  });

  test('a token without a subject is refused, unless the setting allows it', () => {
    expect(evaluate({ sub: undefined })).toBe('token_invalid');
    expect(evaluate({ sub: undefined }, { requireSub: false })).toBe('good');
    expect(evaluate({ sub: null }, { requireSub: false })).toBe('token_invalid');
  });
});
