import fc from 'fast-check';
import { pairId, pairOf } from './pair-id.js';

/** Short texts of the characters that matter, which collide soon if anything does, and any texts. */
const part = fc.oneof(
  fc.string({ unit: fc.constantFrom(':', '%', '3', 'A', '2', '5', 'a'), maxLength: 4 }),
  fc.string({ unit: 'binary' }),
);

describe('The id of a pair', () => {
  it('gives back the pair, with any parts', () => {
    fc.assert(
      fc.property(part, part, (first, second) => {
        expect(pairOf(pairId(first, second))).toEqual([first, second]);
      }),
      { numRuns: 2000 },
    );
  });

  it('is never that of another pair', () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(part, part, (first, second) => {
        const pair = JSON.stringify([first, second]);
        const id = pairId(first, second);
        expect(seen.get(id) ?? pair).toBe(pair);
        seen.set(id, pair);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['research', 'alice', 'research:alice'],
    ['50%', 'a:b', '50%:a:b'],
    ['a', 'b:c', 'a:b:c'],
    ['a:b', 'c', ':a%3Ab:c'],
    ['a%3Ab:', 'c', ':a%253Ab%3A:c'],
    ['', 'c', '::c'],
  ])('of %j and %j is %j', (first, second, id) => {
    expect(pairId(first, second)).toBe(id);
  });

  it('is not a text without a colon between two parts', () => {
    expect(['', 'alice', ':', ':alice'].map(pairOf)).toEqual([null, null, null, null]);
  });
});
