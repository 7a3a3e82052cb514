import fc from 'fast-check';
import { requestedRoute } from '#libs/access';
import { targetAddress } from './target-address.js';

const BASES = ['https://api.example', 'https://api.example/v1', 'https://api.example/base/v1beta'];
/** Pieces from which paths are made that try to leave a target. */
const PIECES = [
  ...[
    '..',
    '.',
    '%2e%2e',
    '%2E',
    '%2f',
    '%5c',
    '%00',
    '%25%32%65',
    '\\',
    '/',
    '//',
    ';',
    ';x=1',
    '?',
    '#',
    '@',
  ],
  ...[
    'evil.example',
    'https://evil.example',
    'user:pass@evil.example',
    'v1',
    'a',
    ':',
    '%3a',
    '%40',
    ' ',
    '\t',
    'é',
  ],
];

describe('the address of a call below a target', () => {
  it.each([
    ['https://api.example/v1', '/v1/files', '/v1/files'],
    ['https://api.example/v1', '/files', '/v1/files'],
    ['https://api.example', '/v1/files', '/v1/files'],
    ['https://api.example/base', '', '/base'],
    ['https://api.example', '/model/a.b-v1:0/invoke', '/model/a.b-v1:0/invoke'],
  ])('%s and %s', (address, below, path) => {
    expect(targetAddress({ address }, below)).toEqual({ origin: 'https://api.example', path });
  });

  it('is at the target and below its path, for every path that a client can write', () => {
    const paths = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 8 });
    fc.assert(
      fc.property(
        paths,
        fc.constantFrom(...BASES),
        fc.constantFrom('', '/'),
        (parts, address, glue) => {
          const route = requestedRoute('GET', `/openai/${parts.join(glue)}`);
          for (const below of [`/${parts.join(glue)}`, route?.path.slice('/openai'.length) ?? '']) {
            const found = targetAddress({ address }, below);
            if (found === null) continue;
            const base = new URL(address);
            const sent = new URL(`${found.origin}${found.path}`);
            expect(sent.origin).toBe(base.origin);
            expect(sent.username + sent.password + sent.search + sent.hash).toBe('');
            expect(sent.pathname).toBe(found.path);
            const root = base.pathname === '/' ? '' : base.pathname;
            expect(found.path === root || found.path.startsWith(`${root}/`)).toBe(true);
            expect(found.path).not.toMatch(/\/\.{1,2}(?:\/|$)|\/\/|\\|%2e|%2f|%5c/i);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '/../x',
    '/./x',
    '/a/../../x',
    '/%2e%2e/x',
    '/a%2fb',
    '/a\\b',
    '//evil.example',
    '/a?b',
    '/a#b',
    '/a b',
    '/é',
  ])('is none for %s', (below) => {
    expect(targetAddress({ address: 'https://api.example/v1' }, below)).toBeNull();
  });
});
