import fc from 'fast-check';
import { captureWildcards, fillWildcards, matchesWildcard } from './text-pattern.js';

describe('the wildcard', () => {
  it('treats characters of regular expressions as text', () => {
    expect(matchesWildcard('gpt.4*', 'gpt-4o')).toBe(false);
    expect(matchesWildcard('(a+)+*', 'aaaa')).toBe(false);
  });

  it('does not let two pieces share a character', () => {
    expect(matchesWildcard('ab*ba', 'aba')).toBe(false);
    expect(matchesWildcard('a*ab*b', 'aab')).toBe(false);
  });

  it('equals the same pattern as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(text, name, (pattern, given) => {
        const naive = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect(matchesWildcard(pattern, given)).toBe(naive.test(given));
      }),
      { numRuns: 2_000 },
    );
  });

  it('answers in under 50 ms on a pattern made to explode', () => {
    const pattern = `${'a*'.repeat(500)}b`;
    const start = performance.now();
    expect(matchesWildcard(pattern, 'a'.repeat(4_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(50);
  });
});

describe('captureWildcards', () => {
  it.each([
    ['openai/*', 'openai/gpt-4', ['gpt-4']],
    ['*', 'a/b', ['a/b']],
    ['fo::*:static::*', 'fo::x:static::y:z', ['x', 'y:z']],
    ['a*b', 'ab', ['']],
    ['a*a', 'a', null],
    ['a*b*c', 'abc', ['', '']],
    ['a*b*c', 'ac', null],
    ['plain', 'plain', []],
    ['plain', 'other', null],
  ])('%s covers %s with %j', (pattern, name, captured) => {
    expect(captureWildcards(pattern, name)).toEqual(captured);
  });

  it('puts what was captured into the target', () => {
    expect(fillWildcards('p-*-*', ['a', 'b'])).toBe('p-a-b');
    expect(fillWildcards('fixed', ['a'])).toBe('fixed');
  });

  it('takes time in proportion to the name on a hostile one', () => {
    const started = performance.now();
    captureWildcards('*a*a*a*a*a*b', 'a'.repeat(200_000));
    expect(performance.now() - started).toBeLessThan(200);
  });
});
