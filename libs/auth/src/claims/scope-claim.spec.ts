import { readScopes } from './role-mapping.js';

describe('the scope claim', () => {
  test.each([
    ['text separated by spaces', 'a b  c ', ['a', 'b', 'c']],
    ['a list', ['a', 'b'], ['a', 'b']],
    ['a list entry with a space, which is one scope', ['a b'], ['a b']],
    [
      'tabs, commas and other spaces, which separate nothing',
      'a\tb a,b a\u00a0b',
      ['a\tb', 'a,b', 'a\u00a0b'],
    ],
    ['an empty text', '', []],
    ['nothing', undefined, []],
    ['null', null, []],
    ['a number', 5, []],
    ['an object', { admin: true }, []],
    ['a list with something other than text', ['litellm_proxy_admin', 5], []],
    ['a nested list', [['litellm_proxy_admin']], []],
  ])('as %s', (_shape, claim, scopes) => {
    expect(readScopes(claim)).toEqual(scopes);
  });
});
