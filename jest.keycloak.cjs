'use strict';

/** The tests against a real Keycloak server, which `npm run test:keycloak` starts for them. */
const base = require('./jest.config.cjs');

const [unit] = base.projects;

module.exports = {
  ...base,
  // One server for all: a realm that one file imports would be in the way of another.
  maxWorkers: 1,
  testTimeout: 120_000,
  projects: [
    { ...unit, displayName: 'keycloak', testRegex: '/test/keycloak/.*\\.keycloak-spec\\.ts$' },
  ],
};
