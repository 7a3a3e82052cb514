/**
 * After this module is loaded, Node.js loads the TypeScript sources themselves, as the ES modules they are. SWC compiles
 * them, because decorators and their metadata go beyond the types that Node.js can strip. What was compiled is kept under
 * the hash of its source.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync, version } from '@swc/core';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/gatehouse-tests');
const OPTIONS = {
  swcrc: false,
  sourceMaps: true,
  module: { type: 'es6' },
  jsc: {
    target: 'es2023',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
};
const SEED = JSON.stringify([version, OPTIONS]);
/** The import names of the tests (`tsconfig.json`, `paths`) and the files they stand for. */
const NAMES = [
  [/^#libs\/([^/]+)$/, 'libs/$1/src/index.ts'],
  [/^#libs\/([^/]+)\/testing$/, 'libs/$1/src/testing.ts'],
  [/^#gateway\/(.*)$/, 'apps/gateway/src/$1.ts'],
  [/^#demo\/(.*)$/, 'apps/demo/src/$1.ts'],
  [/^#support\/(.*)$/, 'test/support/$1.ts'],
];
/** The file with the source map of each compiled module, by the module's path and by its URL, as stacks name them. */
export const sourceMaps = new Map();

registerHooks({
  resolve(specifier, context, next) {
    const name = NAMES.find(([pattern]) => pattern.test(specifier));
    if (name) return next(pathToFileURL(join(ROOT, specifier.replace(...name))).href, context);
    const own = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(own ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
    return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
  },
});

function compiled(path) {
  const text = readFileSync(path, 'utf8');
  const hash = createHash('sha256').update(SEED).update(path).update(text).digest('hex');
  const file = join(CACHE, `${hash}.js`);
  const map = `${file}.map`;
  sourceMaps.set(path, map).set(pathToFileURL(path).href, map);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const output = transformSync(text, { ...OPTIONS, filename: path });
  mkdirSync(CACHE, { recursive: true });
  save(map, output.map ?? '{}');
  save(file, output.code);
  return output.code;
}

/** Written beside and renamed: two test processes compile the same files. */
function save(path, text) {
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}
