'use strict';

const { layers, libraries } = require('./scripts/import-table.cjs');

const spec = '\\.(int-|e2e-|fuzz-)?spec\\.ts$';

/** One rule per line of the import table. */
const tableRules = Object.entries(libraries).map(([name, allowed]) => ({
  name: `${name}-imports-only-its-line`,
  comment: `libs/${name} may import: ${allowed.join(', ') || 'nothing'} (scripts/import-table.cjs).`,
  severity: 'error',
  from: { path: `^libs/${name}/` },
  to: { path: '^libs/', pathNot: `^libs/(${[name, ...allowed].join('|')})/` },
}));

/** One rule per layer: no import from a later layer, or from the root that puts the layers together. */
const layerRules = Object.entries(layers).flatMap(([root, order]) =>
  order.map((layer, at) => ({
    name: `${root}/${layer}-is-above-its-imports`,
    comment: `${root}/${layer} may import: ${order.slice(0, at).join(', ') || 'no folder beside it'} (scripts/import-table.cjs).`,
    severity: 'error',
    from: { path: `^${root}/${layer}/`, pathNot: spec },
    to: { path: `^${root}/`, pathNot: `^${root}/(${order.slice(0, at + 1).join('|')})/` },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...tableRules,
    ...layerRules,
    {
      name: 'no-ring',
      comment: 'Also among types: a ring of types is a cut in the wrong place.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'through-the-front-door',
      comment: 'Another library is entered through its src/index.ts only.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/[^/]+/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'through-the-front-door-from-outside',
      comment: 'Apps, tests and ormconfig.ts enter a library through its src/index.ts only.',
      severity: 'error',
      from: { pathNot: '^libs/' },
      to: { path: '^libs/[^/]+/', pathNot: '^libs/[^/]+/src/(index|testing)\\.ts$' },
    },
    {
      name: 'no-testing-door-in-source',
      comment: 'src/testing.ts of a library is entered by harnesses and tests below test/ only.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^libs/[^/]+/src/testing\\.ts$' },
    },
    {
      name: 'no-library-to-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-gateway-to-demo',
      comment: 'The demo is built on the gateway, never the other way round.',
      severity: 'error',
      from: { path: '^apps/gateway/' },
      to: { path: '^apps/demo/' },
    },
    {
      name: 'no-test-support-in-source',
      severity: 'error',
      from: { path: '^(apps|libs|ormconfig\\.ts)', pathNot: spec },
      to: { path: '^test/' },
    },
    {
      name: 'no-import-of-specs',
      severity: 'error',
      from: {},
      to: { path: spec },
    },
    {
      name: 'no-orphan',
      comment: 'Neither imports nor is imported: dead, or an entry point that is missing here.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [spec, '\\.d\\.ts$', '^apps/[^/]+/src/main\\.ts$', '^libs/[^/]+/src/index\\.ts$'],
      },
      to: {},
    },
    {
      name: 'typeorm-behind-services',
      comment:
        'TypeORM is known to libs/database, and in other libraries to entities, migrations and services.',
      severity: 'error',
      from: {
        pathNot: [
          spec,
          '^test/',
          '^ormconfig\\.ts$',
          '^apps/gateway/src/check-migrations\\.ts$',
          '^libs/database/',
          '^libs/audit/src/audited-table\\.ts$',
          '^libs/[^/]+/.*\\.(entity|migration|service)\\.ts$',
        ],
      },
      to: { path: 'node_modules/typeorm/' },
    },
    {
      name: 'express-in-apps-only',
      severity: 'error',
      from: { pathNot: '^(apps|test)/' },
      to: {
        path: 'node_modules/(@types/)?express(-serve-static-core)?/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'express-types-at-the-edge-only',
      comment: 'Types of express: apps, and the guards, controllers and decorators of libraries.',
      severity: 'error',
      from: { pathNot: ['^(apps|test)/', '^libs/.*\\.(guard|controller|decorator)\\.ts$', spec] },
      to: { path: 'node_modules/(@types/)?express(-serve-static-core)?/' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      comment: 'The demo may: it runs from a development checkout.',
      severity: 'error',
      from: { path: '^(libs|apps/gateway|ormconfig\\.ts)', pathNot: spec },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
    },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|apps/console)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
