import fc from 'fast-check';
import type { ClaimField } from '#libs/config';
import { aClaim } from '#support/jwt-settings';
import { isFieldPresent, readField } from './claim-field.js';
import { readClaim } from '../matching/claim-path.js';

const field = (work: Partial<ClaimField>): ClaimField => ({ ...aClaim('v'), ...work });
const read = (v: unknown, work: Partial<ClaimField> = {}) => readField({ v }, field(work));

describe('the paths of a field', () => {
  const either = aClaim('a', 'b.c', 'd');

  test.each<[Record<string, unknown>, unknown]>([
    [{ a: 1, b: { c: 2 } }, 1],
    [{ b: { c: 2 }, d: 3 }, 2],
    [{ a: null, b: { c: '' }, d: 3 }, 3],
    [{ a: [], d: 3 }, []],
    [{ a: false, d: 3 }, false],
    [{ a: null }, null],
    [{ a: '', d: null }, ''],
    [{}, undefined],
  ])('in %j find %j', (claims, found) => {
    expect(readField(claims, either)).toEqual(found);
  });

  test('tell what is there from what is not', () => {
    expect(isFieldPresent({ b: { c: null } }, either)).toBe(true);
    expect(isFieldPresent({ b: {} }, either)).toBe(false);
  });

  test('lead to namespaced claims as they are written, dots and all', () => {
    const claims = {
      'https://acme.example/roles': ['a'],
      'https://acme.example/app': { team: 'research' },
      'https://acme': { 'example/roles': 'nested' },
    };
    expect(readField(claims, aClaim('https://acme.example/roles'))).toEqual(['a']);
    expect(readField(claims, aClaim(String.raw`https://acme\.example/roles`))).toEqual(['a']);
    expect(readField(claims, aClaim('https://acme.example/app.team'))).toBe('research');
    expect(readField(claims, aClaim('https://other.example/roles'))).toBeUndefined();
    expect(readField({ 'https://a.b/__proto__': {} }, aClaim('https://a.b/__proto__.x'))).toBe(
      undefined,
    );
  });

  test('tell a dotted name from a nested one (threat C19)', () => {
    const claims = { 'a.b': 'literal', a: { b: 'nested' } };
    expect(readClaim(claims, 'a.b')).toBe('nested');
    expect(readClaim(claims, String.raw`a\.b`)).toBe('literal');
  });
});

describe('a field', () => {
  test.each<[unknown, Partial<ClaimField>, unknown]>([
    ['a, b,,c', { split: ',' }, ['a', ' b', 'c']],
    [['a b', 'c'], { split: ' ' }, ['a', 'b', 'c']],
    ['', { split: ',' }, ''],
    ['/team', { stripPrefix: '/' }, 'team'],
    ['team/', { stripPrefix: '/' }, 'team/'],
    ['cn=ops,dc=x', { regex: '^cn=([^,]+)' }, 'ops'],
    ['abc', { regex: 'b' }, 'b'],
    ['abc', { regex: 'x' }, undefined],
    ['abc', { regex: 'a(x)?' }, undefined],
    ['ADMIN-Ä', { lower: true }, 'admin-Ä'],
    ['a', { map: { a: 'b' } }, 'b'],
    ['c', { map: { a: 'b' } }, undefined],
    ['constructor', { map: { a: 'b' } }, undefined],
    [['g-a', 'x', 'g-b'], { regex: '^g-(.+)$', map: { a: 'A', b: 'B' } }, ['A', 'B']],
    [['G-A', 7, null], { lower: true }, ['g-a', 7, null]],
    [7, { lower: true, map: { '7': 'x' } }, 7],
    [{ a: 'B' }, { lower: true }, { a: 'B' }],
    [
      'Pre-X;Pre-Y',
      { split: ';', stripPrefix: 'Pre-', lower: true, map: { x: '1', y: '2' } },
      ['1', '2'],
    ],
  ])('makes of %j with %j %j', (value, work, result) => {
    expect(read(value, work)).toEqual(result);
  });

  const work = fc.record({
    split: fc.option(fc.string({ minLength: 1, maxLength: 3 })),
    stripPrefix: fc.option(fc.string({ minLength: 1, maxLength: 3 })),
    regex: fc.constantFrom(null, '^a(.*)$', '[a-z]+', '(x+x+)+y'),
    lower: fc.boolean(),
    map: fc.option(fc.dictionary(fc.string(), fc.string())),
  });

  test('that does nothing is the claim itself, and none ever fails or changes its claims', () => {
    fc.assert(
      fc.property(fc.jsonValue(), work, (value, steps) => {
        const before = JSON.stringify({ value });
        read(value, steps);
        expect(JSON.stringify({ value })).toBe(before);
        expect(read(value)).toEqual(value);
      }),
    );
  });

  test('makes of texts texts, never more of them than its separator finds', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), work, (texts, steps) => {
        const result = read(texts, steps) as readonly unknown[];
        const pieces = texts.flatMap((one) =>
          steps.split === null ? [one] : one.split(steps.split),
        );
        expect(result.length).toBeLessThanOrEqual(pieces.length);
        expect(result.every((one) => typeof one === 'string')).toBe(true);
      }),
    );
  });

  test('gives one text and a list of it the same', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), work, (text, steps) => {
        const single = read(text, steps);
        const list = read([text], steps);
        expect(Array.isArray(single) ? single : single === undefined ? [] : [single]).toEqual(list);
      }),
    );
  });

  test('matches patterns in time linear in the text', () => {
    const start = performance.now();
    expect(read('x'.repeat(4_000), { regex: '(x+x+)+y' })).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
