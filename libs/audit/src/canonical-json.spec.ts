import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

describe('canonicalJson', () => {
  it('is the same string for every order of members', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'ä' }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":"ä","d":null}]}',
    );
  });

  it('leaves out members that are undefined, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('keeps the value: reading it back gives what went in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // What JSON keeps of it, which has no negative zero (RFC 8785 §3.2.2.3).
        const plain = JSON.stringify(value);
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(plain));
      }),
    );
  });

  it('is stable under reading back and writing again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = canonicalJson(value);
        expect(canonicalJson(JSON.parse(once))).toBe(once);
      }),
    );
  });
});
