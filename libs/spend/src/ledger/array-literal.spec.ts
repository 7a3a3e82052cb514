import { arrayLiteral } from './array-literal.js';

describe('arrayLiteral', () => {
  it('quotes and escapes texts', () => {
    expect(arrayLiteral('text', ['a', null, 'NULL', '', 'x,y}', '"', '\\'])).toBe(
      String.raw`{"a",NULL,"NULL","","x,y}","\"","\\"}`,
    );
  });

  it('repeats texts and nulls that follow each other', () => {
    expect(arrayLiteral('text', [null, null, 'a', 'a', null, 'a', 'b', 'b'])).toBe(
      '{NULL,NULL,"a","a",NULL,"a","b","b"}',
    );
  });

  it('writes other types as they print', () => {
    expect(arrayLiteral('int8', [1, null, -2])).toBe('{1,NULL,-2}');
    expect(arrayLiteral('bool', [true, false, null])).toBe('{true,false,NULL}');
    expect(arrayLiteral('numeric', ['0.000000000001'])).toBe('{0.000000000001}');
    expect(arrayLiteral('timestamptz', [new Date(0).toISOString(), null])).toBe(
      '{1970-01-01T00:00:00.000Z,NULL}',
    );
    expect(arrayLiteral('int4', [])).toBe('{}');
  });
});
