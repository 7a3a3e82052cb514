import { compareDiscoveryIssuer } from './discovery-issuer.js';

const TENANT = '1b0f3d4c-0000-4000-8000-00000000000a';
const OTHER = '1b0f3d4c-0000-4000-8000-00000000000b';
const V2 = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const V1 = `https://sts.windows.net/${TENANT}/`;

describe('the configured issuer wins where the document names the same tenant', () => {
  test.each([
    ['version 1 in place of 2', V1, V2, 'the host and the version'],
    ['version 2 in place of 1', V2, V1, 'the host and the version'],
    [
      'the placeholder of the common endpoint',
      'https://login.microsoftonline.com/{tenantid}/v2.0',
      V2,
      'the tenant',
    ],
    ['the placeholder of version 1', 'https://sts.windows.net/{tenantid}/', V1, 'the tenant'],
    [
      'the government cloud',
      `https://sts.windows.net/${TENANT}/`,
      `https://login.microsoftonline.us/${TENANT}/v2.0`,
      'the host and the version',
    ],
    ['the closing slash', 'https://t.auth0.example/', 'https://t.auth0.example', 'its spelling'],
    [
      'a closing slash behind a path',
      'https://sso.example/realms/a/',
      'https://sso.example/realms/a',
      'the closing slash',
    ],
    [
      'the scheme behind a proxy',
      'http://sso.example/realms/a',
      'https://sso.example/realms/a',
      'the scheme',
    ],
    [
      'scheme and closing slash',
      'http://sso.example/realms/a/',
      'https://sso.example/realms/a',
      'the scheme and the closing slash',
    ],
    [
      'a version segment elsewhere',
      'https://id.example/t/v1',
      'https://id.example/t/v2',
      'version',
    ],
  ])('%s', (_name, named, expected, difference) => {
    const result = compareDiscoveryIssuer(named, expected);
    expect(result).toEqual({ kind: 'accepted', notice: expect.stringContaining(difference) });
    expect(result).toMatchObject({ notice: expect.stringContaining(named) });
  });
});

test.each([
  ['a query, which is not shown', 'https://sso.example/realms/a?b=c', 'the query'],
  ['capital letters of the host', 'https://SSO.example/realms/a', 'its spelling'],
])('the configured issuer wins over %s', (_name, named, difference) => {
  expect(compareDiscoveryIssuer(named, 'https://sso.example/realms/a')).toEqual({
    kind: 'accepted',
    notice: expect.stringContaining(
      `https://sso.example/realms/a, the configured issuer differs in ${difference};`,
    ),
  });
});

describe('a document that speaks for another issuer is refused with what differs', () => {
  test.each([
    ['another realm', 'https://sso.example/realms/b', 'https://sso.example/realms/a', 'path'],
    ['another tenant', `https://login.microsoftonline.com/${OTHER}/v2.0`, V2, 'path'],
    ['another host', 'https://sso.evil.example/realms/a', 'https://sso.example/realms/a', 'host'],
    ['another port', 'https://sso.example:8443/a', 'https://sso.example/a', 'port'],
    ['a name that begins alike', 'https://id.example.evil.example/', 'https://id.example/', 'host'],
    ['a longer path', 'https://sso.example/realms/a/b', 'https://sso.example/realms/a', 'path'],
    ['a placeholder on another host', 'https://evil.example/{tenantid}/v2.0', V2, 'host'],
    ['a placeholder inside a segment', 'https://sso.example/x{t}', 'https://sso.example/a', 'path'],
    ['a string that is not an address', 'sso', 'https://sso.example', 'not a URL'],
    ['a number', 7, 'https://sso.example', 'not a URL'],
    [
      'an address beside a plain name',
      'https://sso.example',
      'accounts.example',
      'names the issuer',
    ],
  ])('%s', (_name, named, expected, difference) => {
    expect(compareDiscoveryIssuer(named, expected)).toEqual({
      kind: 'refused',
      problem: expect.stringContaining(difference),
    });
  });

  test('without user information, query and length of what it names', () => {
    const named = `https://user:secret@evil.example/${'a'.repeat(500)}?token=secret`;
    const result = JSON.stringify(compareDiscoveryIssuer(named, 'https://sso.example'));
    expect(result).not.toContain('secret');
    expect(result.length).toBeLessThan(500);
  });
});

test.each([
  ['equal', 'https://id.example', 'https://id.example'],
  ['absent', undefined, 'https://id.example'],
  ['not configured', 'https://id.example', null],
])('nothing differs where the issuer is %s', (_name, named, expected) => {
  expect(compareDiscoveryIssuer(named, expected)).toEqual({ kind: 'same' });
});
