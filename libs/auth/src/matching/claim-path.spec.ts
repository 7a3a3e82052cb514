import fc from 'fast-check';
import { parseClaimPath, readClaim } from './claim-path.js';

describe('claim paths', () => {
  test.each([
    ['sub', ['sub']],
    ['resource_access.my-client.roles', ['resource_access', 'my-client', 'roles']],
    ['kubernetes\\.io.namespace', ['kubernetes.io', 'namespace']],
    ['https://acme\\.example/team', ['https://acme.example/team']],
    ['metadata.team', ['team']],
    ['metadata.metadata.team', ['metadata', 'team']],
    ['metadata', ['metadata']],
    ['a..b', ['a', '', 'b']],
    ['back\\slash', ['back\\slash']],
  ])('%s has its levels', (text, levels) => {
    expect(parseClaimPath(text)).toEqual(levels);
  });

  test('follow objects and nothing else', () => {
    const claims = { roles: ['admin'], team: { id: 't1' }, text: 'abc', none: null };
    expect(readClaim(claims, 'team.id')).toBe('t1');
    expect(readClaim(claims, 'roles.0')).toBeUndefined();
    expect(readClaim(claims, 'roles[0]')).toBeUndefined();
    expect(readClaim(claims, 'roles.length')).toBeUndefined();
    expect(readClaim(claims, 'text.length')).toBeUndefined();
    expect(readClaim(claims, 'none.x')).toBeUndefined();
    expect(readClaim(claims, 'none')).toBeNull();
  });

  test.each(['__proto__', '__proto__.x', 'constructor.prototype', 'constructor.name', 'toString'])(
    'do not reach the prototype by %s',
    (path) => {
      expect(readClaim({ sub: 'alice' }, path)).toBeUndefined();
    },
  );

  test('find an own member that is called like the prototype', () => {
    const claims: Record<string, unknown> = JSON.parse('{"__proto__":{"x":"own"}}');
    expect(readClaim(claims, '__proto__.x')).toBe('own');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  const name = fc.string({ minLength: 1 }).filter((text) => !text.includes('\\'));

  test('lead to a value under any names, dots in them escaped', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), fc.string(), (names, value) => {
        const text = names.map((part) => part.replaceAll('.', '\\.')).join('.');
        fc.pre(!text.startsWith('metadata.'));
        const claims = names.reduceRight<unknown>(
          (inner, part) => Object.fromEntries([[part, inner]]),
          value,
        );
        expect(readClaim(claims as Record<string, unknown>, text)).toBe(value);
      }),
    );
  });

  test('never fail for arbitrary claims and paths', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (claims, path) => {
        const before = JSON.stringify(claims);
        readClaim(claims, path);
        expect(JSON.stringify(claims)).toBe(before);
      }),
    );
  });

  test('of a thousand levels are followed', () => {
    const path = Array.from({ length: 1_000 }, () => 'a').join('.');
    expect(readClaim({ a: { a: 1 } }, path)).toBeUndefined();
  });
});
