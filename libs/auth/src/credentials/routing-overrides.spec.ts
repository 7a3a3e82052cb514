import type { RoutingOverride } from '#libs/config';
import { isTokenShaped, selectOverride, unprovenClaims } from './routing-overrides.js';

const anOverride = (over: Partial<RoutingOverride> = {}): RoutingOverride => ({
  iss: ['https://machines.example'],
  clientId: null,
  scope: null,
  aud: null,
  ...over,
});

const claims = (over: Record<string, unknown> = {}) => ({
  iss: 'https://machines.example',
  client_id: 'robot-7',
  scope: 'chat models.read',
  aud: ['api://one', 'api://two'],
  ...over,
});

const isSelected = (override: Partial<RoutingOverride>, over: Record<string, unknown> = {}) =>
  selectOverride(claims(over), [anOverride(override)]) === 0;

describe('an override', () => {
  test('selects by issuer alone where it has no other selector', () => {
    expect(isSelected({})).toBe(true);
    expect(isSelected({}, { iss: 'https://machines.example/' })).toBe(false);
    expect(isSelected({}, { iss: undefined })).toBe(false);
  });

  test.each([
    ['a client that matches', { clientId: ['robot-?'] }, true],
    ['a client that does not', { clientId: ['robot-??'] }, false],
    ['one scope of several', { scope: ['nothing', 'models.*'] }, true],
    ['no scope', { scope: ['chat models.read'] }, false],
    ['one audience of several', { aud: ['*two'] }, true],
    ['another audience', { aud: ['two'] }, false],
    ['another case', { clientId: ['Robot-7'] }, false],
    ['one selector that does not match', { clientId: ['robot-7'], aud: ['x'] }, false],
    ['an empty list of patterns', { clientId: [] }, false],
  ])('with %s', (_name, override, expected) => {
    expect(isSelected(override)).toBe(expected);
  });

  test('selects nothing by a claim that the token lacks', () => {
    expect(isSelected({ clientId: ['*'] }, { client_id: undefined })).toBe(false);
    expect(isSelected({ scope: ['*'] }, { scope: undefined })).toBe(false);
    expect(isSelected({ aud: ['*'] }, { aud: { one: 1 } })).toBe(false);
  });

  test.each(['client_id', 'azp', 'appid', 'cid'])('finds the client in the claim %s', (name) => {
    const named = { client_id: undefined, [name]: 'robot-7' };
    expect(isSelected({ clientId: ['robot-?'] }, named)).toBe(true);
    expect(isSelected({ clientId: ['person-?'] }, named)).toBe(false);
  });

  test('finds the client in any claim that names it, even if the others hold invalid values', () => {
    expect(isSelected({ clientId: ['app'] }, { azp: 'app' })).toBe(true);
    expect(isSelected({ clientId: ['app'] }, { client_id: 7, azp: 'app' })).toBe(true);
    expect(isSelected({ clientId: ['robot-7'] }, { azp: 'app' })).toBe(true);
  });

  test('covers white space by the exact text alone', () => {
    expect(isSelected({ clientId: ['a *'] }, { client_id: 'a b' })).toBe(false);
    expect(isSelected({ clientId: ['a b'] }, { client_id: 'a b' })).toBe(true);
  });

  test('splits no claim but the scope', () => {
    expect(isSelected({ aud: ['one'] }, { aud: 'one two' })).toBe(false);
  });

  test('knows no sets of characters', () => {
    expect(isSelected({ clientId: ['robot-[0-9]'] })).toBe(false);
    expect(isSelected({ clientId: ['[x]*'] }, { client_id: '[x]y' })).toBe(true);
  });

  test('gives the same answer a thousand times (threat C14)', () => {
    for (let count = 0; count < 1_000; count += 1) expect(isSelected({ aud: ['*o*'] })).toBe(true);
  });

  test('is linear in what a token holds (threat A13)', () => {
    const started = performance.now();
    isSelected({ clientId: ['*a*a*a*a*a*a*b'] }, { client_id: 'a'.repeat(250) });
    expect(performance.now() - started).toBeLessThan(50);
  });
});

test('the first override that matches counts', () => {
  const overrides = [anOverride({ clientId: ['x'] }), anOverride(), anOverride()];
  expect(selectOverride(claims(), overrides)).toBe(1);
  expect(selectOverride(claims(), [])).toBeNull();
});

describe('unproven claims', () => {
  const token = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.x`;

  test('are the payload of the token, without a check of its signature', () => {
    expect(unprovenClaims(token('{"iss":"a"}'))).toEqual({ iss: 'a' });
  });

  test.each([
    ['no JSON', token('nothing')],
    ['a list', token('[]')],
    ['two members of one name', token('{"iss":"a","iss":"b"}')],
    ['a loose spelling', 'e30.eyJpc3MiOiJhIn0=.x'],
    ['nothing', 'e30..x'],
  ])('are none where the payload is %s', (_name, text) => {
    expect(unprovenClaims(text)).toBeNull();
  });
});

test('three parts make the shape of a token', () => {
  expect(['a.b.c', '..', 'a.b', 'a', 'a.b.c.d', 'a.b.c.d.e'].map(isTokenShaped)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
