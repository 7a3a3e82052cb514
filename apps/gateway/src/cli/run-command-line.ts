import { parseCommandLine } from './command-line.js';
import { EXIT } from './exit-code.js';
import type { StopSignals } from './stop-signals.js';

/**
 * Runs one command to its end. The program itself is loaded only when there is something to run: help and a wrong command
 * line need none of it.
 * @param argv arguments behind the program's name
 * @param stop signals that have been watched since before this was loaded; `serve` alone uses them
 */
export async function runCommandLine(argv: readonly string[], stop?: StopSignals): Promise<number> {
  const request = parseCommandLine(argv);
  if ('print' in request) {
    process.stdout.write(request.print);
    return EXIT.ok;
  }
  if ('wrong' in request) {
    process.stderr.write(
      `gatehouse: ${request.wrong}\nRun "gatehouse help" for every command and option.\n`,
    );
    return EXIT.usage;
  }
  // By itself, because decorators everywhere need it when they are loaded.
  await import('reflect-metadata');
  const { runCommand } = await import('./run-command.js');
  return runCommand(request, stop);
}
