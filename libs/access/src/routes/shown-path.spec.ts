import { loggedPath, shownPath } from './shown-path.js';

describe('a path in a trace', () => {
  it.each([
    ['/key/sk-abc.d_e-f/regenerate', '/key/sk-.../regenerate'],
    ['/key/sk-abc', '/key/sk-...'],
    ['/key/sk-', '/key/sk-...'],
    ['/sk-a/sk-b', '/sk-.../sk-...'],
    ['/models/desk-lamp', '/models/desk-lamp'],
    ['/chat/completions', '/chat/completions'],
  ])('shows no virtual key: %s becomes %s', (path, shown) => {
    expect(shownPath(path)).toBe(shown);
  });
});

describe('a path in the log', () => {
  it.each([
    ['/v1/embedings?api_key=sk-abc', '/v1/embedings'],
    ['/v1/embedings#sk-abc', '/v1/embedings'],
    ['/key/sk-abc/x', '/key/sk-.../x'],
    ['/key/%73k-abc/x', '/key/sk-.../x'],
    ['/key/%20sk-abc', '/key/sk-...'],
    ['/token/eyJhbGciOiJSUzI1NiJ9.e30.c2ln', '/token/eyJ...'],
    [`/say/${'word'.repeat(40)}`, '/say/...'],
    ['/%ff', '/...'],
    ['/models/a%20b', '/models/a%20b'],
    ['/', '/'],
  ])('holds neither query, key, token nor text: %s becomes %s', (target, path) => {
    expect(loggedPath(target)).toBe(path);
  });

  it('is at most 200 characters long', () => {
    expect(loggedPath('/abc'.repeat(500))).toHaveLength(200);
  });
});
