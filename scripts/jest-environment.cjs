'use strict';

const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { TestEnvironment } = require('jest-environment-node');

/**
 * The compiled embedded database, kept as long as the process: V8 shares the code of a WebAssembly module among all
 * threads while one of them holds it, so each gateway of a test process after the first starts with optimised code.
 */
let engine = null;

/** Jest's environment for Node.js, in a process that keeps the embedded database compiled. */
class GatehouseEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    engine ??= await WebAssembly.compile(readFileSync(engineFile()));
  }
}

function engineFile() {
  return join(dirname(require.resolve('@electric-sql/pglite')), 'pglite.wasm');
}

module.exports = GatehouseEnvironment;
