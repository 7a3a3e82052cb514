import { requireOrdinaryMembers } from './inherited-names.js';

describe('the members of a parsed request', () => {
  it.each(Object.getOwnPropertyNames(Object.prototype))('are refused when named %s', (name) => {
    for (const text of [`{"${name}":1}`, `{"a":[{"b":{"${name}":null}}]}`]) {
      expect(() => {
        requireOrdinaryMembers(JSON.parse(text));
      }).toThrow(expect.objectContaining({ code: 'request_invalid', param: name }));
    }
  });

  it('may have any other name, and any value', () => {
    const value = JSON.parse('{"prototype":1,"":[null,"constructor",0],"proto":{"toJSON":{}}}');
    expect(() => {
      requireOrdinaryMembers(value);
    }).not.toThrow();
  });

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('may be nested 64 levels deep and no deeper: %s', (_kind, open, close) => {
    const innermost = open === '[' ? ['[', ']'] : ['{', '}'];
    const wrap = (levels: number): unknown =>
      JSON.parse(open.repeat(levels - 1) + innermost.join('') + close.repeat(levels - 1));
    expect(() => {
      requireOrdinaryMembers(wrap(64));
    }).not.toThrow();
    for (const levels of [65, 5_000]) {
      expect(() => {
        requireOrdinaryMembers(wrap(levels));
      }).toThrow(expect.objectContaining({ code: 'request_invalid' }));
    }
  });
});
