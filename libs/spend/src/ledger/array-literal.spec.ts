import { arrayLiteral, type ElementType, type ElementValue } from './array-literal.js';

function literalOf(type: ElementType, values: readonly ElementValue[]): string {
  return arrayLiteral(type, values, (value) => value);
}

describe('arrayLiteral', () => {
  it('quotes and escapes texts', () => {
    expect(literalOf('text', ['a', null, 'NULL', '', 'x,y}', '"', '\\'])).toBe(
      String.raw`{"a",NULL,"NULL","","x,y}","\"","\\"}`,
    );
  });

  it('repeats texts and nulls that follow each other', () => {
    expect(literalOf('text', [null, null, 'a', 'a', null, 'a', 'b', 'b'])).toBe(
      '{NULL,NULL,"a","a",NULL,"a","b","b"}',
    );
  });

  it('writes other types as they print', () => {
    expect(literalOf('int8', [1, null, -2])).toBe('{1,NULL,-2}');
    expect(literalOf('bool', [true, false, null])).toBe('{true,false,NULL}');
    expect(literalOf('numeric', ['0.000000000001'])).toBe('{0.000000000001}');
    expect(literalOf('timestamptz', [new Date(0).toISOString(), null])).toBe(
      '{1970-01-01T00:00:00.000Z,NULL}',
    );
    expect(literalOf('int4', [])).toBe('{}');
  });

  it('writes amounts in dollars', () => {
    expect(literalOf('numeric', [1n, 1n, null, -2_500_000_000_000n])).toBe(
      '{0.000000000001,0.000000000001,NULL,-2.500000000000}',
    );
  });
});
