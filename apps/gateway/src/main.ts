#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';
import { StopSignals } from './cli/stop-signals.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `gatehouse needs Node.js 24.11 or newer; this is ${process.versions.node}. \`npm start\` uses the one that \`npm ci\` brings.\n`,
  );
  process.exitCode = 1;
} else {
  const args = process.argv.slice(2);
  // Before the rest is loaded, which takes most of a second; other commands end by the signal itself.
  const isTool = args.some((arg) => ['check', 'explain', 'migrate', 'reconcile'].includes(arg));
  const stop = isTool ? undefined : new StopSignals();
  // A later start need not compile everything again; where nothing can be written, it does.
  module.enableCompileCache(join(import.meta.dirname, '.compiled'));
  // Imported only now: several dependencies cannot even be loaded by an older Node.
  const { runCommandLine } = await import('./cli/run-command-line.js');
  process.exitCode = await runCommandLine(args, stop);
  // A connection to a server that does not answer would keep the process for minutes.
  if (stop?.isRequested === true) process.exit();
}
