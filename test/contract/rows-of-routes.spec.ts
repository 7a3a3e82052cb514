import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedPath, pathsOf, SERVED_PREFIXES } from '#libs/proxy';
import { KEPT_CALLS, MATRIX_CALLS } from '#support/operation-matrix';
import { PASSED_CALLS } from '#support/passed-calls';

/** Routes of models that call no upstream, and sessions: each with the tests that show who may use it. */
const OF_OTHER_TESTS: Readonly<Record<string, readonly string[]>> = {
  'model-lists, model-descriptions': [
    ...['/models', '/v1/models', '/models/{model}', '/v1/models/{model}'],
    ...['/v1beta/models', '/v1beta/models/{model}'],
    ...['/model/info', '/v1/model/info', '/v2/model/info', '/model_group/info'],
  ],
  'files, batches': [
    '/files',
    '/batches',
    '/fine_tuning/jobs',
    '/vector_stores',
    '/containers',
  ].flatMap((path) => [path, `/v1${path}`]),
  'realtime, realtime-costs': ['/realtime', '/v1/realtime', '/openai/v1/realtime'],
};

interface ApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly tags?: readonly string[] }>>>
  >;
}

const ROOT = join(import.meta.dirname, '../..');

function routesOfModels(): readonly string[] {
  const { paths } = JSON.parse(
    readFileSync(join(ROOT, 'docs/reference/openapi.json'), 'utf8'),
  ) as ApiDocument;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { tags }]) => tags?.includes('models') === true)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
}

it('every documented route of models is a row of a matrix, or of the tests that are named for it', () => {
  const ofMatrix = [...MATRIX_CALLS, ...KEPT_CALLS].flatMap(({ endpoint, method }) => {
    const { plain, withModel } = pathsOf(endpoint);
    return [...plain, ...withModel].map((path) => `${method} ${documentedPath(path)}`);
  });
  const ofPrefixes = PASSED_CALLS.filter(({ isOfPrefix }) => isOfPrefix).map(
    ({ path }) => path.split('/')[1],
  );
  const ofOthers = Object.values(OF_OTHER_TESTS).flat();
  const rows = new Set([...ofMatrix, ...ofOthers.map((path) => `GET ${path}`)]);
  const isOfPrefix = (route: string): boolean => {
    const [, prefix] = /^[A-Z]+ \/([^/]+)\/\{path\}$/.exec(route) ?? [];
    return prefix !== undefined && ofPrefixes.includes(prefix);
  };
  const without = routesOfModels().filter((route) => !rows.has(route) && !isOfPrefix(route));
  expect(without).toEqual([]);
  expect([...new Set(ofPrefixes)].sort()).toEqual([...SERVED_PREFIXES].sort());
});
