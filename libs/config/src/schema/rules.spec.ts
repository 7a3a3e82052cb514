import fc from 'fast-check';
import {
  baseAddress,
  claimPath,
  credential,
  emailDomain,
  headerNameProblem,
  headerValue,
  httpAddress,
  modulePath,
  requestHeaderName,
  route,
  sentence,
  signatureAlgorithm,
  tokenType,
} from './rules.js';
import type { TextRule } from './scalars.js';

const cases: readonly [string, TextRule, readonly string[], readonly string[]][] = [
  [
    'claim path',
    claimPath,
    [
      'sub',
      'resource_access.my-client.team',
      String.raw`kubernetes\.io.namespace`,
      'urn:x:y',
      'a.0',
    ],
    [
      '.a',
      'a.',
      'a..b',
      '__proto__.x',
      'a.constructor.prototype',
      'roles[0]',
      'a\nb',
      `${'a.'.repeat(40)}b`,
      'a'.repeat(600),
    ],
  ],
  [
    'route',
    route,
    ['/v1/chat/completions', '/v1/*', '*', 'GET /models', 'openai_routes', '/key/{id}/regenerate'],
    ['openai_rotes', 'v1/models', '/a*', '/a/*/b', '/a b', '/a?b', `/${'a'.repeat(600)}`],
  ],
  [
    'header that brings a credential',
    requestHeaderName,
    ['X-Company-Key', 'authorization', 'api_key'],
    ['', 'a b', 'x:', 'Host', 'Content-Length', 'ü', 'x'.repeat(300)],
  ],
  [
    'signature algorithm',
    signatureAlgorithm,
    ['RS256', 'PS384', 'ES512', 'EdDSA', 'Ed25519'],
    ['HS256', 'none', 'NONE', 'rs256', 'RS257', 'A128KW', ''],
  ],
  [
    'export of a module',
    modulePath,
    ['./a.mjs#evaluate', '/opt/x/y.js#_default', '../z.mjs#$a1'],
    ['a.mjs', 'module.function', './a.py#evaluate', './a.mjs#', './a.mjs#a-b', '#x', './a#b.mjs#c'],
  ],
  ['sentence', sentence, ['Ask your administrator.'], ['a\nb', 'x'.repeat(300), '\ud800']],
  [
    'email domain',
    emailDomain,
    ['my-co.com', 'MY-CO.com', 'a.b.co', 'localhost'],
    ['@my-co.com', 'x@my-co.com', '*.my-co.com', 'a.com,b.com', 'a b', '-a.com', 'a..com', '.com'],
  ],
  [
    'http address',
    httpAddress,
    ['https://idp.example/jwks', 'http://127.0.0.1:8080/x?y=1'],
    [
      'idp.example',
      'ftp://x/y',
      'file:///etc/passwd',
      'https://u:p@x/y',
      'https://x/#y',
      'javascript:1',
    ],
  ],
  [
    'base address',
    baseAddress,
    ['https://x/v1', 'http://localhost:8000', 'https://x/openai/deployments/d/chat/completions'],
    ['https://x/v1?api-version=1', 'https://x/v1/chat/completions', 'https://x/v1/embeddings/'],
  ],
  ['credential', credential, ['sk-abc', 'x'], ['a b', 'a\n', 'ä']],
  ['header value', headerValue, ['', 'a b', 'x\ty'], ['a\r\nb: c', 'a\0', 'ä']],
  ['token type', tokenType, ['JWT', 'at+jwt', 'application/at+jwt'], ['a b', 'text/at+jwt', '']],
];

describe.each(cases)('the rule for a %s', (_name, rule, accepted, refused) => {
  it.each(accepted)('accepts %s', (text) => {
    expect(rule(text)).toBeNull();
  });

  it.each(refused)('refuses %s', (text) => {
    expect(rule(text)).not.toBeNull();
  });
});

describe('names of headers', () => {
  it.each(['Host', 'connection', 'Content-Length', 'transfer-encoding', 'a b', 'a:b', ''])(
    'refuses %j',
    (name) => {
      expect(headerNameProblem(name)).not.toBeNull();
    },
  );

  it('accepts a name of one’s own', () => {
    expect(headerNameProblem('X-Cost-Centre')).toBeNull();
  });
});

describe('every rule', () => {
  it('answers any text without throwing', () => {
    for (const [, rule] of cases)
      fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void rule(text)));
  });
});
