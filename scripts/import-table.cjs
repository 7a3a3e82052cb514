'use strict';

const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/**
 * The import rules: each library may import only the libraries that its line names. Each line names only libraries
 * of lines above it, so no cycle is possible. ESLint (in the editor) and dependency-cruiser (`npm run check:deps`) both enforce this one table.
 * A folder without a line is a library of records (`orgs`, `users`, …): records import no other records.
 */
const base = ['common', 'access', 'config', 'database'];
const recordImports = [...base, 'audit', 'spend'];

const below = {
  common: [],
  access: ['common'],
  config: ['common', 'access'],
  database: ['common', 'config'],
  network: ['common', 'config'],
  audit: base,
  spend: base,
};

const above = (records) => ({
  admin: [...recordImports, ...records],
  auth: [...recordImports, ...records, 'network'],
  offline: [...recordImports, ...records, 'auth'],
  proxy: ['common', 'access', 'config', 'network', 'spend'],
});

const named = new Set([...Object.keys(below), ...Object.keys(above([]))]);
const records = readdirSync(join(__dirname, '../libs')).filter((name) => !named.has(name));

const libraries = {
  ...below,
  ...Object.fromEntries(records.map((name) => [name, recordImports])),
  ...above(records),
};

/**
 * The folders of a library with layers, the ground first: each may import from the folders before it, and none from
 * the library's root, which puts them together. Specs are free.
 */
const layers = {
  auth: [
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
  config: ['model', 'diagnostics', 'names', 'source', 'narrowing', 'schema', 'assembly'],
};

module.exports = { libraries, layers };
