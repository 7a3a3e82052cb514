import fc from 'fast-check';
import { matchesWildcard, mayUseModel, type ModelFacts } from './model-pattern.js';

const facts: ModelFacts = { accessGroups: ['cheap'] };

describe('a list of models', () => {
  it.each([
    [[], true],
    [['*'], true],
    [['all-proxy-models'], true],
    [['gpt-4o'], true],
    [['GPT-4o'], false],
    [['gpt-4'], false],
    [['cheap'], true],
    [['dear'], false],
    [['gpt-*'], true],
    [['claude-*'], false],
    [['openai/*'], false],
    [['azure/gpt-*'], false],
    [['anthropic/*'], false],
    [['o*'], false],
    [['no-default-models'], false],
    [['no-default-models', 'gpt-4o', '*'], false],
    [['claude', 'gpt-4o'], true],
  ])('%j grants gpt-4o: %s', (list, expected) => {
    expect(mayUseModel(list, 'gpt-4o', facts)).toBe(expected);
  });

  it('evaluates a model that does not exist by its name alone', () => {
    expect(mayUseModel(['openai/*'], 'nothing')).toBe(false);
    expect(mayUseModel(['noth*'], 'nothing')).toBe(true);
  });

  it.each(['openai/*', 'openai/gpt-*', '*/gpt-4o'])(
    '%s grants the name that has the prefix',
    (entry) => {
      expect(mayUseModel([entry], 'openai/gpt-4o', facts)).toBe(true);
      expect(mayUseModel([entry], 'gpt-4o', facts)).toBe(false);
    },
  );
});

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
