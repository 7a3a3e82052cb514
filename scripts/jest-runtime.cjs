'use strict';

const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
const { sourceMaps } = require('./typescript-modules.mjs');

const requireHere = createRequire(__filename);
/** What jest-circus keeps in global symbols between the files of one process. */
const CIRCUS_STATE = ['EVENT_HANDLERS', 'TEST_TIMEOUT_SYMBOL'].map((name) => Symbol.for(name));

const testFiles = new Set();

/**
 * Loads test files with the module loader of Node.js (`typescript-modules.mjs`) in place of Jest's own, so that a worker
 * loads the gateway and its libraries once and not once per test file (docs/adr/0026). It has the members of
 * `jest-runtime` that the runner and jest-circus call.
 */
class NodeRuntime {
  /** The test framework, anew for each file: its state belongs to a file. */
  requireInternalModule(path) {
    for (const symbol of CIRCUS_STATE) delete globalThis[symbol];
    delete requireHere.cache[path];
    return requireHere(path);
  }

  requireModule(path) {
    return requireHere(path);
  }

  unstable_shouldLoadAsEsm() {
    return true;
  }

  async unstable_importModule(path) {
    if (testFiles.has(path)) {
      throw new Error(
        'A process loads each module once, so --watch cannot work: run the tests again.',
      );
    }
    if (path.endsWith('.ts')) testFiles.add(path);
    return import(pathToFileURL(path).href);
  }

  getSourceMaps() {
    return sourceMaps;
  }

  getAllCoverageInfoCopy() {
    return undefined;
  }

  setGlobalsForRuntime() {}
  enterTestCode() {}
  leaveTestCode() {}
  teardown() {}
}

module.exports = NodeRuntime;
