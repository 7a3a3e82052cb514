import fc from 'fast-check';
import { damaged, describeFuzzTarget } from '#support/fuzz';
import { mayUseRoute } from './route-catalog.js';
import { requestedRoute } from './route-path.js';

const PATTERNS = [
  '/v1/chat/completions',
  '/team/{team_id}/member/{user_id}',
  '/models/{model_name:path}:generateContent',
  '/bedrock/*',
  'GET /key/*',
  '*',
];
const SEPARATOR = '\n';
const ODDITIES = ['/', '//', '/*', '{x}', '{x:path}', '*', '%2f', '..', ';', '?', ':'];

/** A pattern and a path, on two lines, so that a crash is one text. */
const pairs = fc
  .tuple(fc.constantFrom(...PATTERNS), fc.constantFrom(...PATTERNS))
  .chain(([pattern, path]) => fc.tuple(damaged(pattern, ODDITIES), damaged(path, ODDITIES)))
  .map((pair) => pair.join(SEPARATOR));

describeFuzzTarget({
  name: 'route-pattern',
  inputs: pairs,
  holds: (input) => {
    const [pattern = '', path = ''] = input.split(SEPARATOR);
    const route = requestedRoute('POST', path);
    if (route === null) return;
    // No empty or dot segment and no second reading is left in what lists are compared with.
    expect(route.path).toMatch(/^\/(?:[^/\\;?#]+(?:\/[^/\\;?#]+)*)?$/);
    expect(requestedRoute('POST', route.path)?.path).toBe(route.path);
    const isCovered = mayUseRoute([pattern], route);
    expect(mayUseRoute(['/no/such/route', pattern], route)).toBe(isCovered);
    if (isCovered && isLiteral(pattern)) {
      expect(requestedRoute('POST', pattern)?.path).toBe(route.path);
    }
    expect(mayUseRoute([], route)).toBe(false);
    expect(mayUseRoute(['*'], route)).toBe(route.path !== '/');
  },
});

function isLiteral(pattern: string): boolean {
  return pattern.startsWith('/') && !/[*{}]/.test(pattern);
}
