'use strict';

const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/**
 * The compiled embedded database, kept as long as the process: V8 shares the code of a WebAssembly module among all
 * threads while one of them holds it, so each gateway of a test process after the first starts with optimised code.
 */
let engine = null;

/**
 * Runs test files in the global scope of the process itself (docs/adr/0026). What a file changed of the process is put
 * back after it: environment variables, spies, timers, console, `process.exit`.
 */
class NodeEnvironment {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    this.before = { console, exit: process.exit, env: { ...process.env } };
    globalThis.jest = jestObject(this.moduleMocker, this.fakeTimersModern);
  }

  async setup() {
    engine ??= await WebAssembly.compile(readFileSync(engineFile()));
  }

  teardown() {
    this.moduleMocker.restoreAllMocks();
    this.fakeTimersModern.dispose();
    globalThis.console = this.before.console;
    process.exit = this.before.exit;
    for (const name of Object.keys(process.env)) {
      if (!(name in this.before.env)) delete process.env[name];
    }
    Object.assign(process.env, this.before.env);
  }

  getVmContext() {
    return null;
  }
}

/** The members of Jest's `jest` object that make sense without its module loader. */
function jestObject(mocker, timers) {
  const jest = {
    fn: mocker.fn.bind(mocker),
    spyOn: mocker.spyOn.bind(mocker),
    restoreAllMocks: mocker.restoreAllMocks.bind(mocker),
    useFakeTimers: (settings) => (timers.useFakeTimers(settings), jest),
    useRealTimers: () => (timers.useRealTimers(), jest),
    advanceTimersByTimeAsync: timers.advanceTimersByTimeAsync.bind(timers),
    setTimeout: (ms) => ((globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')] = ms), jest),
  };
  return jest;
}

function engineFile() {
  return join(dirname(require.resolve('@electric-sql/pglite')), 'pglite.wasm');
}

module.exports = NodeEnvironment;
