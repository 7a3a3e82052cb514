'use strict';

const { readdirSync } = require('node:fs');
const { join, relative } = require('node:path');

const root = join(__dirname, '..');

/**
 * The import rules: each library may import only the libraries that its line names. Each line names only libraries
 * of lines above it, so no cycle is possible. ESLint (in the editor) and dependency-cruiser (`npm run check:deps`) both enforce this one table.
 * A folder without a line is a library of records (`orgs`, `users`, …): records import no other records.
 */
const base = ['common', 'access', 'config', 'database'];
const recordImports = [...base, 'audit', 'spend', 'budgets'];

const below = {
  common: [],
  access: ['common'],
  config: ['common', 'access'],
  database: ['common', 'config'],
  network: ['common', 'config'],
  redis: ['common', 'config', 'network'],
  audit: base,
  spend: base,
  // Records of every other library name them.
  budgets: [...base, 'audit', 'spend'],
};

const above = (records) => ({
  admin: [...recordImports, ...records],
  reports: [...recordImports, ...records],
  limits: [...recordImports, ...records, 'network', 'redis'],
  auth: [...recordImports, ...records, 'network'],
  offline: [...recordImports, ...records, 'auth'],
  proxy: ['common', 'access', 'config', 'network', 'redis', 'spend', 'objects'],
});

const named = new Set([...Object.keys(below), ...Object.keys(above([]))]);
const records = readdirSync(join(root, 'libs')).filter((name) => !named.has(name));

const libraries = {
  ...below,
  ...Object.fromEntries(records.map((name) => [name, recordImports])),
  ...above(records),
};

/**
 * The folders of each library and program, the ground first: each may import from the folders before it, and none from
 * the root (`index.ts`, the module, the services), which puts them together. So no ring of folders is possible. Specs
 * are free. A folder with source needs its place here.
 */
const recordLayers = ['entities', 'dto'];
const layers = {
  'apps/gateway/src': [
    'logging',
    'lifecycle',
    'control',
    'http',
    'discovery',
    'health',
    'welcome',
    'openapi',
    'application',
    'cli',
  ],
  'libs/access/src': ['limits', 'routes', 'models', 'request', 'decorators', 'administration'],
  'libs/admin/src': ['dto'],
  'libs/auth/src': [
    'failures',
    'matching',
    'provider',
    'claims',
    'policy',
    'jwt',
    'revocation',
    'call',
    'decisions',
    'body',
    'credentials',
    'tenancy',
    'pipeline',
    'explain',
    'guards',
  ],
  'libs/common/src': ['errors'],
  'libs/config/src': ['model', 'diagnostics', 'names', 'source', 'narrowing', 'schema', 'assembly'],
  'libs/database/src': ['connection', 'embedded', 'migrations'],
  'libs/keys/src': recordLayers,
  'libs/limits/src': ['effective', 'holds', 'rates', 'providers', 'admission', 'alerts'],
  'libs/orgs/src': recordLayers,
  'libs/proxy/src': [
    'upstream',
    'clouds',
    'dialects',
    'streaming',
    'routing/strategies',
    'routing',
    'models',
    'endpoints/request',
    'endpoints/ids',
    'endpoints/anthropic',
    'endpoints/google',
    'endpoints/openai',
    'endpoints/objects',
    'endpoints',
    'pass-through',
    'cache',
    'settlement',
    'planning',
    'translation',
    'translation/chat',
    'relay',
    'files',
    'realtime',
    'health',
  ],
  'libs/spend/src': ['costs', 'journal', 'ledger', 'admission', 'recording', 'reports'],
  'libs/teams/src': recordLayers,
  'libs/users/src': recordLayers,
  test: ['support', 'contract', 'e2e', 'keycloak'],
};

/** Folders with source below a folder, as paths from it. */
function foldersBelow(folder) {
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const folders = files
    .filter((file) => file.isFile() && file.name.endsWith('.ts'))
    .map((file) => relative(join(root, folder), file.parentPath));
  return [...new Set(folders)].filter((below) => below !== '');
}

const sources = ['apps', 'libs'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => `${group}/${name}/src`),
);
for (const folder of [...sources, 'test']) {
  const missing = foldersBelow(folder).filter((below) => !layers[folder]?.includes(below));
  if (missing.length > 0)
    throw new Error(`scripts/import-table.cjs: ${folder}: no layer for ${missing.join(', ')}`);
}

module.exports = { libraries, layers };
