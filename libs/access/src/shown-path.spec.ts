import { shownPath } from './shown-path.js';

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
