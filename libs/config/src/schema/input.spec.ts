import { withoutValues } from './input.js';

const INPUT = { a: { b: { c: 1, d: 2 }, e: [{ f: 1 }, 2] }, g: 3 };

describe('withoutValues', () => {
  it.each([
    ['a member', [['a', 'b', 'c']], { a: { b: { d: 2 }, e: [{ f: 1 }, 2] }, g: 3 }],
    ['an entry, which keeps its place', [['a', 'e', 0]], { a: { b: INPUT.a.b, e: [, 2] }, g: 3 }],
    ['what holds an absent member', [['a', 'b', 'x']], { a: { e: INPUT.a.e }, g: 3 }],
    [
      'no more where two are absent',
      [
        ['a', 'b', 'x'],
        ['a', 'b', 'y'],
        ['a', 'b'],
      ],
      { a: { e: INPUT.a.e }, g: 3 },
    ],
    [
      'a member and what holds it',
      [
        ['a', 'e', 0, 'f'],
        ['a', 'e', 0, 'x'],
      ],
      { a: { b: INPUT.a.b, e: [, 2] }, g: 3 },
    ],
    ['everything, where the whole lacks a member', [['x'], ['a', 'b']], undefined],
  ])('takes out %s, in any order', (_what, paths, expected) => {
    expect(withoutValues(structuredClone(INPUT), paths)).toEqual(expected);
    expect(withoutValues(structuredClone(INPUT), paths.toReversed())).toEqual(expected);
  });
});
