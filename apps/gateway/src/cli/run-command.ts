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
import { unpricedWarnings } from '#libs/spend';
import type { CommandLine, CommandOptions } from './command-line.js';
import { EXIT } from './exit-code.js';
import { UnusableFileError } from './named-file.js';
import type { StopSignals } from './stop-signals.js';

/** What of the configuration only those can evaluate who use it. */
const CHECKS = [policyProblems, customValidationProblems, certificateProblems];
const NOTICES = [unpricedWarnings];

/**
 * Reads the configuration and runs a command on it. Each command is loaded only when it is asked for.
 * @param stop signals that have been watched since before this was loaded; `serve` alone uses them
 */
export async function runCommand(request: CommandLine, stop?: StopSignals): Promise<number> {
  const source = { argv: request.overrides, env: process.env, cwd: process.cwd() };
  const result = await withoutCollisions(loadSettings(source, CHECKS, NOTICES));
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

/** The routes of the gateway are loaded only where something could have the path of one. */
async function withoutCollisions(result: LoadResult): Promise<LoadResult> {
  if (!result.ok || result.settings.passThrough.endpoints.length === 0) return result;
  const { endpointProblems } = await import('../application/endpoint-problems.js');
  const problems = endpointProblems(result.settings);
  if (problems.length === 0) return result;
  return {
    ok: false,
    problems,
    warnings: result.settings.warnings,
    report: result.report,
  };
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
        return await (await import('./explain.js')).explain(settings, options);
      case 'serve':
        return await (await import('./serve.js')).serve(settings, configFileOf(overrides), stop);
      case 'migrate':
        return await (await import('./migrate.js')).migrate(settings);
      case 'reconcile':
        return await (await import('./reconcile.js')).reconcile(settings);
    }
  } catch (error) {
    process.stderr.write(`gatehouse: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UnusableFileError ? EXIT.usage : EXIT.failed;
  }
}

/** Options of `check` besides its report. */
async function checkFurther(settings: Settings, options: CommandOptions): Promise<number> {
  const held = await expectationsHold(settings, options);
  const usable = await onlineHolds(settings, options);
  return held === EXIT.ok ? usable : held;
}

async function expectationsHold(settings: Settings, { expect }: CommandOptions): Promise<number> {
  if (expect === null) return EXIT.ok;
  const { checkExpectations } = await import('./check-expectations.js');
  return checkExpectations(settings, expect);
}

async function onlineHolds(settings: Settings, options: CommandOptions): Promise<number> {
  if (!options.isOnline) return EXIT.ok;
  const { checkOnline } = await import('./check-online.js');
  return checkOnline(settings, options);
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
