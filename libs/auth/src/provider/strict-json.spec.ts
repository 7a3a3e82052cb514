import fc from 'fast-check';
import { describeVectors } from '#support/vectors';
import { parseStrictJson } from './strict-json.js';

const parse = (text: string | Buffer, mayRepeat = false) =>
  parseStrictJson(Buffer.isBuffer(text) ? text : Buffer.from(text), mayRepeat);

describe('signed JSON', () => {
  test('of every kind is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).toEqual({ isValid: true, value: JSON.parse(text) });
      }),
    );
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a":1,"\\u0061":2}',
    '{"iss":"x","\\u0069ss":"y"}',
    '{"x":{"a":1,"a":2}}',
    '{"x":[{"a":{},"a":[]}]}',
    '{"":1,"":2}',
    '{"\\"":1,"\\"":2}',
    '{"__proto__":1,"__proto__":2}',
  ])('that repeats a member is refused: %s', (text) => {
    expect(parse(text).isValid).toBe(false);
    expect(parse(text, true).isValid).toBe(true);
  });

  test.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":["a","a"],"b":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"\\\\","b":"\\\\\\""}',
  ])('that repeats no member is accepted: %s', (text) => {
    expect(parse(text).isValid).toBe(true);
  });

  test('is refused with a byte-order mark, invalid UTF-8 or anything behind it', () => {
    expect(parse('\ufeff{}').isValid).toBe(false);
    expect(parse(Buffer.from('7b2261223a22ff227d', 'hex')).isValid).toBe(false);
    expect(parse('{}{}').isValid).toBe(false);
    expect(parse('').isValid).toBe(false);
  });

  test('is refused when it is nested deeply, whether or not members may repeat', () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    expect(parse(deep).isValid).toBe(false);
    expect(parse(deep, true).isValid).toBe(false);
    expect(parse(`${'['.repeat(64)}${']'.repeat(64)}`).isValid).toBe(true);
  });
});

interface JsonTestSuite {
  readonly parsing: Readonly<Record<string, string>>;
}

describeVectors<JsonTestSuite>('jsontestsuite/jsontestsuite.json', 'JSONTestSuite', (read) => {
  test('is read as its labels say, duplicates apart, and never fails otherwise', () => {
    for (const [name, base64] of Object.entries(read().parsing)) {
      const result = parse(Buffer.from(base64, 'base64'), true).isValid;
      if (name.startsWith('y_')) expect([name, result]).toEqual([name, true]);
      if (name.startsWith('n_')) expect([name, result]).toEqual([name, false]);
    }
  });
});
