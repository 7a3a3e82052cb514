import { settingsFromYaml } from '#libs/config';
import { endpointProblems } from './endpoint-problems.js';

const problemOf = (path: string, includesSubpath: boolean): string | undefined => {
  const entry = `{ path: ${path}, target: "https://upstream.example", include_subpath: ${String(includesSubpath)} }`;
  const settings = settingsFromYaml(`general_settings: { pass_through_endpoints: [${entry}] }`);
  return endpointProblems(settings)[0]?.message;
};

describe('the path of a configured endpoint', () => {
  it.each([
    ['/key/generate', false],
    ['/key', true],
    ['/docs', false],
    ['/health', true],
    ['/chat/completions', false],
    ['/v2/rerank', false],
    ['/v1', true],
    ['/openai/own', false],
    ['/mistral', true],
    ['/videos', false],
    ['/team/own', false],
    ['/v1beta/models/a', false],
    ['/.well-known/oauth-protected-resource/a', false],
    ['/auth/explain', false],
  ])('is not that of a route: %s, with everything below it: %s', (path, includesSubpath) => {
    expect(problemOf(path, includesSubpath)).toMatch(/^collides with the route \//);
  });

  it.each([
    ['/bria', true],
    ['/apis/anything', true],
    ['/key-service', true],
    ['/keys', false],
    ['/v1/own', true],
  ])('may be any other: %s, with everything below it: %s', (path, includesSubpath) => {
    expect(problemOf(path, includesSubpath)).toBeUndefined();
  });
});
