'use strict';

/**
 * Five kinds of test, told apart by name (docs: architecture, "Tests"). Own code is transformed to CommonJS, because
 * `jest.mock` is hoisted only there; Nest itself stays ESM, which is why the scripts pass --experimental-vm-modules.
 */
const common = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/scripts/jest-environment.cjs',
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^#libs/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^#libs/([^/]+)/testing$': '<rootDir>/libs/$1/src/testing.ts',
    '^#gateway/(.*)$': '<rootDir>/apps/gateway/src/$1.ts',
    '^#support/(.*)$': '<rootDir>/test/support/$1.ts',
    '^#demo/(.*)$': '<rootDir>/apps/demo/src/$1.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'commonjs' },
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
        },
      },
    ],
  },
};

module.exports = {
  testTimeout: 30_000,
  // Two files at once, on every machine: suites start servers of their own, and one process for all grows to gigabytes.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1.5GB',
  reporters: ['default', '<rootDir>/scripts/jest-summary-reporter.cjs'],
  projects: [
    { ...common, displayName: 'unit', testRegex: '/(apps|libs)/.*\\.spec\\.ts$' },
    { ...common, displayName: 'fuzz', testRegex: '/(apps|libs)/.*\\.fuzz-spec\\.ts$' },
    { ...common, displayName: 'int', testRegex: '/(apps|libs)/.*\\.int-spec\\.ts$' },
    { ...common, displayName: 'e2e', testRegex: '/test/e2e/.*\\.e2e-spec\\.ts$' },
    { ...common, displayName: 'contract', testRegex: '/test/contract/.*\\.spec\\.ts$' },
  ],
};
