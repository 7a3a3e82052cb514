import fc from 'fast-check';
import { matchesGlob, matchesPlainGlob } from './glob.js';

describe('a shell pattern', () => {
  test.each<[string, string, boolean]>([
    ['*', '', true],
    ['*', 'anything', true],
    ['admin', 'admin', true],
    ['admin', 'Admin', false],
    ['admin', 'admin2', false],
    ['admin*', 'admin2', true],
    ['*admin', 'xadmin', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-b-c-d', false],
    ['?', 'é', true],
    ['?', '😀', true],
    ['??', 'a', false],
    ['team-[abc]', 'team-b', true],
    ['team-[abc]', 'team-d', false],
    ['team-[!abc]', 'team-d', true],
    ['team-[!abc]', 'team-a', false],
    ['team-[0-9]', 'team-7', true],
    ['team-[0-9]', 'team-x', false],
    ['[]]', ']', true],
    ['[!]]', 'a', true],
    ['[', '[', true],
    ['[a', '[a', true],
    ['a.c', 'abc', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j is %s', (pattern, text, result) => {
    expect(matchesGlob(pattern, text)).toBe(result);
  });

  test('without brackets in its language takes them as they are', () => {
    expect(matchesPlainGlob('https://[::1]/*', 'https://[::1]/x')).toBe(true);
    expect(matchesPlainGlob('[ab]', 'a')).toBe(false);
  });

  test('matches every text that it is written out of', () => {
    const plain = fc.string().filter((text) => !/[*?[]/.test(text));
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1 }), fc.array(fc.string()), (parts, fillings) => {
        const text = parts.map((part, index) => `${part}${fillings[index] ?? ''}`).join('');
        expect(matchesPlainGlob(`${parts.join('*')}*`, text)).toBe(true);
      }),
    );
  });

  test('costs no more than pattern times text', () => {
    const start = performance.now();
    expect(matchesGlob('*a'.repeat(100), 'b'.repeat(20_000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
