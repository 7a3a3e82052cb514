import fc from 'fast-check';
import { principalFrom } from './principal-template.js';

describe('a principal template', () => {
  const CLAIMS = {
    repository: 'acme/app',
    ref: 'refs/heads/main',
    id: 42,
    'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'bot' } },
    none: null,
    list: ['a'],
    empty: [],
    evil: 'x:y',
  };

  test.each<[string, string | null]>([
    ['repo:{repository}:{ref}', 'repo:acme/app:refs/heads/main'],
    ['{id}', '42'],
    [String.raw`sa:{kubernetes\.io.namespace}:{kubernetes\.io.serviceaccount.name}`, 'sa:prod:bot'],
    ['x{missing}', null],
    ['x{none}', null],
    ['x{list}', 'xa'],
    ['x{empty}', null],
    ['{evil}:{ref}', null],
    ['{ref}:{evil}', 'refs/heads/main:x:y'],
    ['{repository}/{ref}', null],
    ['{id}{ref}', null],
  ])('%s gives %p', (template, id) => {
    expect(principalFrom(template, CLAIMS)).toBe(id);
  });

  test('is taken apart once, however many tokens it is filled with', () => {
    const split = jest.spyOn(String.prototype, 'split');
    try {
      const ids = ['a', 'b', 'c'].map((name) => principalFrom('once:{name}', { name }));
      const templates = split.mock.contexts.filter((text) => String(text) === 'once:{name}');
      expect(ids).toEqual(['once:a', 'once:b', 'once:c']);
      expect(templates).toHaveLength(1);
    } finally {
      split.mockRestore();
    }
  });

  test('gives no user id if the result is not a valid id', () => {
    expect(principalFrom('u:{a}', { a: 'x'.repeat(300) })).toBeNull();
    expect(principalFrom('u:{a}', { a: 'a\0b' })).toBeNull();
  });

  test('never gives two tokens one id unless they agree in every claim of it', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('a', 'a:', ':a', 'a:b', 'b'));
    const claims = fc.record({ a: value, b: value });
    fc.assert(
      fc.property(claims, claims, (one, other) => {
        const [first, second] = [one, other].map((own) => principalFrom('p:{a}:{b}', own));
        if (first !== null && first === second) expect(one).toEqual(other);
      }),
    );
  });
});
