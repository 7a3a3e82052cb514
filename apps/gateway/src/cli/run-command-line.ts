import { resolve } from 'node:path';
import { customValidationProblems, policyProblems } from '#libs/auth';
import { certificateProblems } from '#libs/network';
import {
  formatCheckReport,
  loadSettings,
  placesInFiles,
  type LoadResult,
  type Settings,
} from '#libs/config';
import { checkExpectations } from './check-expectations.js';
import { checkOnline } from './check-online.js';
import { parseCommandLine, type CommandLine, type CommandOptions } from './command-line.js';
import { EXIT } from './exit-code.js';
import { explain } from './explain.js';
import { migrate } from './migrate.js';
import { UnusableFileError } from './offline.js';
import { reconcile } from './reconcile.js';
import { serve } from './serve.js';
import type { StopSignals } from './stop-signals.js';

/** What of the configuration only those can evaluate who use it. */
const CHECKS = [policyProblems, customValidationProblems, certificateProblems];

/**
 * Runs one command to its end.
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
  const source = { argv: request.overrides, env: process.env, cwd: process.cwd() };
  const result = loadSettings(source, CHECKS);
  if (request.command === 'check' && (!result.ok || request.options.expect === null)) {
    process.stdout.write(formatCheckReport(result, placesOf(request.overrides)));
    if (!result.ok) return EXIT.configuration;
    if (!request.options.isOnline) return EXIT.ok;
  }
  if (!result.ok) {
    process.stderr.write(refusal(result));
    return EXIT.configuration;
  }
  return run(request, result.settings, stop);
}

async function run(
  { command, options, overrides }: CommandLine,
  settings: Settings,
  stop: StopSignals | undefined,
): Promise<number> {
  try {
    switch (command) {
      case 'check':
        return await checkFurther(settings, options);
      case 'explain':
        return await explain(settings, options);
      case 'serve':
        return await serve(settings, configFileOf(overrides), stop);
      case 'migrate':
        return await migrate(settings);
      case 'reconcile':
        return await reconcile(settings);
    }
  } catch (error) {
    process.stderr.write(`gatehouse: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UnusableFileError ? EXIT.usage : EXIT.failed;
  }
}

/** Options of `check` besides its report. */
async function checkFurther(settings: Settings, options: CommandOptions): Promise<number> {
  const { expect, isOnline } = options;
  const held = expect === null ? EXIT.ok : await checkExpectations(settings, expect);
  const usable = isOnline ? await checkOnline(settings, options) : EXIT.ok;
  return held === EXIT.ok ? usable : held;
}

/** As it was read, for people to recognise. */
function configFileOf({ config }: CommandLine['overrides']): string {
  const variable = process.env['CONFIG_FILE_PATH'] ?? '';
  return resolve(config ?? (variable === '' ? 'config.yaml' : variable));
}

/** Places are a help alone: a file that cannot be read is a problem of the report already. */
function placesOf(overrides: CommandLine['overrides']): (path: string) => string {
  try {
    return placesInFiles(configFileOf(overrides));
  } catch {
    return () => '';
  }
}

function refusal(result: Extract<LoadResult, { ok: false }>): string {
  const lines = result.problems.map(
    (problem) => `  ${problem.path}: ${problem.message}\n    ${problem.remedy}`,
  );
  const count = result.problems.length;
  const heading = `gatehouse: the configuration has ${String(count)} ${count === 1 ? 'problem' : 'problems'}; nothing was started.`;
  return [heading, ...lines, ''].join('\n');
}
