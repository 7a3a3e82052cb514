'use strict';

/** Five kinds of test, told apart by name (docs: architecture, "Tests"), in the module loader of Node.js (docs/adr/0026). */
const common = {
  rootDir: __dirname,
  runtime: '<rootDir>/scripts/jest-runtime.cjs',
  testEnvironment: '<rootDir>/scripts/jest-environment.cjs',
  setupFiles: ['reflect-metadata'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist'],
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
