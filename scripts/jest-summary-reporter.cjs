'use strict';

const { writeSync } = require('node:fs');

/**
 * Prints `N passed, N failed, N skipped` as the very last line of a run, after everything that Jest itself has to say.
 * A test file that could not be loaded counts as one failure.
 */
class SummaryReporter {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`;
    // In watch mode there are several runs; only the last one speaks.
    if (this.print) process.off('exit', this.print);
    this.print = () => writeAll(line);
    process.once('exit', this.print);
  }
}

/** Writes synchronously, because nothing asynchronous runs on exit; a full pipe is tried again. */
function writeAll(text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
    }
  }
}

module.exports = SummaryReporter;
