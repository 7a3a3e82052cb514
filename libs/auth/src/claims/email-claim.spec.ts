import type { ClaimField } from '#libs/config';
import { aClaim } from '#support/jwt-settings';
import { readEmail } from './email-claim.js';

const ADDRESS = 'alice@acme.example';

const verified = (claims: Record<string, unknown>, ...paths: string[]): boolean | null =>
  readEmail(claims, aClaim(...paths)).isVerified;

describe('the email address of a token', () => {
  test.each([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
    [1, null],
    [undefined, null],
  ])('is verified as %p beside it says', (claim, expected) => {
    const claims = { email: ADDRESS, email_verified: claim };
    expect(verified(claims, 'email')).toBe(expected);
    expect(verified({ user: claims }, 'user.email')).toBe(expected);
    expect(verified(claims, 'metadata.email')).toBe(expected);
  });

  test.each([
    ['preferred_username'],
    ['upn'],
    ['user.email'],
    ['user.work_email'],
    ['https://acme.example/email'],
    [String.raw`acme\.email`],
  ])('is never verified by what is said of another claim: %s', (path) => {
    const claims = {
      email: 'mallory@evil.example',
      email_verified: true,
      preferred_username: ADDRESS,
      upn: ADDRESS,
      user: { email: ADDRESS, work_email: ADDRESS },
      'https://acme.example/email': ADDRESS,
      'acme.email': ADDRESS,
    };
    expect(readEmail(claims, aClaim(path))).toEqual({ email: ADDRESS, isVerified: null });
    expect(verified({ ...claims, email_verified: false }, path)).toBe(false);
  });

  test('is verified by the object that it was read from, of several that might hold it', () => {
    const claims = { email: '', email_verified: true, user: { email: ADDRESS } };
    expect(verified(claims, 'email', 'user.email')).toBeNull();
    const own = { email: ADDRESS, email_verified: true, upn: 'x@evil.example' };
    expect(verified(own, 'email', 'upn')).toBe(true);
    expect(verified(own, 'upn', 'email')).toBeNull();
  });

  describe('of a trusted issuer', () => {
    const trusted = (claims: Record<string, unknown>, ...paths: string[]): boolean | null =>
      readEmail(claims, aClaim(...paths), { isTrusted: true }).isVerified;

    test.each([
      [undefined, true],
      [true, true],
      ['true', true],
      [false, false],
      ['false', false],
      [1, null],
      [null, null],
    ])('is verified as %p beside it says, and where nothing is said', (claim, expected) => {
      const said = claim === undefined ? {} : { email_verified: claim };
      expect(trusted({ email: ADDRESS, ...said }, 'email')).toBe(expected);
      expect(trusted({ user: { email: ADDRESS, ...said } }, 'user.email')).toBe(expected);
    });

    test.each([['preferred_username'], ['upn'], ['user.work_email'], [String.raw`acme\.email`]])(
      'is not verified if its claim is not a member email: %s',
      (path) => {
        const claims = {
          preferred_username: ADDRESS,
          upn: ADDRESS,
          user: { work_email: ADDRESS },
          'acme.email': ADDRESS,
        };
        expect(trusted(claims, path)).toBeNull();
      },
    );

    test('is not verified where a step made it of another, or the token denies it elsewhere', () => {
      const made = { ...aClaim('email'), stripPrefix: 'mallory+' };
      expect(
        readEmail({ email: `mallory+${ADDRESS}` }, made, { isTrusted: true }).isVerified,
      ).toBeNull();
      const denied = { user: { email: ADDRESS }, email_verified: false };
      expect(trusted(denied, 'user.email')).toBe(false);
    });
  });

  test.each<[string, Partial<ClaimField>]>([
    ['regex', { regex: '^[^+]+\\+(.+)$' }],
    ['strip_prefix', { stripPrefix: 'mallory+' }],
    ['map', { map: { [`mallory+${ADDRESS}`]: ADDRESS } }],
  ])('is not verified where %s made it of another', (_step, over) => {
    const claims = { email: `mallory+${ADDRESS}`, email_verified: true };
    const field = { ...aClaim('email'), ...over };
    expect(readEmail(claims, field)).toEqual({ email: ADDRESS, isVerified: null });
    expect(readEmail({ ...claims, email_verified: false }, field).isVerified).toBe(false);
  });

  test('stays verified where such a step changes nothing, and in lower case', () => {
    const claims = { email: 'Alice@Acme.example', email_verified: true };
    const unchanged = { ...aClaim('email'), stripPrefix: 'mailto:', regex: '^.+@.+$' };
    expect(readEmail(claims, unchanged).isVerified).toBe(true);
    const lower = { ...aClaim('email'), lower: true };
    expect(readEmail(claims, lower)).toEqual({ email: ADDRESS, isVerified: true });
  });

  test('that is none is neither verified nor not', () => {
    const none = { email: null, isVerified: null };
    expect(readEmail({ email_verified: true }, aClaim('email'))).toEqual(none);
    expect(readEmail({ email: [], email_verified: true }, aClaim('email'))).toEqual(none);
    expect(readEmail({ email: ADDRESS, email_verified: true }, null)).toEqual(none);
  });

  test('of a list with one member is that member, with what is said of it', () => {
    const claims = { email: [ADDRESS], email_verified: true };
    expect(readEmail(claims, aClaim('email'))).toEqual({ email: ADDRESS, isVerified: true });
    expect(readEmail({ ...claims, email_verified: false }, aClaim('email')).isVerified).toBe(false);
  });
});

describe('a list in email_verified', () => {
  it.each<[unknown, boolean | null]>([
    [[true], true],
    [['true'], true],
    [[false], false],
    [[], null],
    [[true, true], false],
    [[true, false], false],
  ])('makes of %j %j', (verified, expected) => {
    const claims = { email: ADDRESS, email_verified: verified };
    expect(readEmail(claims, aClaim('email')).isVerified).toBe(expected);
  });
});
