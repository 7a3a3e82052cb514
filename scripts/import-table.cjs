'use strict';

/**
 * Who may import whom: each library may import only what its line names. Read top to bottom it is acyclic by
 * construction. ESLint (in the editor) and dependency-cruiser (`npm run check:deps`) both enforce this one table.
 */
const base = ['common', 'access', 'config', 'database'];
const records = ['orgs', 'users', 'teams', 'end-users', 'keys'];
const recordImports = [...base, 'audit', 'spend'];

const libraries = {
  common: [],
  access: ['common'],
  config: ['common', 'access'],
  database: ['common', 'config'],
  network: ['common', 'config'],
  audit: base,
  spend: base,
  ...Object.fromEntries(records.map((name) => [name, recordImports])),
  directory: [...recordImports, ...records],
  auth: [...recordImports, ...records, 'network'],
  proxy: ['common', 'access', 'config', 'network', 'spend'],
};

module.exports = { libraries };
