/** `npm run bench`: what the gateway costs, as ratios to a raw relay on the same machine in the same run. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { readOptions, USAGE, UsageError, type Options } from '#bench/options';
import { NO_CPU_REASON, pinRig } from '#bench/processes';
import { plotsOf } from '#bench/plots';
import { writeProfiles } from '#bench/profiling';
import { reportOf, type Report } from '#bench/report';
import { Rig } from '#bench/rig';
import { runRounds } from '#bench/rounds';
import { SCENARIOS } from '#bench/scenarios';
import { GATEWAYS, gatewaysOf, otherGateway, RAW, type SubjectKind } from '#bench/subjects';
import { POSTGRES_MISSING } from '#support/postgres';

/** Enough for a measurement, or a profile, at the speed of a gateway that verifies each token. */
const NEW_TOKENS_PER_SECOND = 3000;
const NEW_TOKENS_OF_SMOKE = 100;

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));

try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(isUsage ? `bench: ${error.message}\n${USAGE}` : error);
  process.exitCode = isUsage ? 64 : 1;
}

async function run(options: Options): Promise<void> {
  if (options.against === null) build('.');
  if (options.before !== null) build(options.before);
  for (const reason of [NO_CPU_REASON, POSTGRES_MISSING]) if (reason !== null) say(reason);
  const placement = pinRig();
  const scenarios = SCENARIOS.filter(
    ({ name, credential }) =>
      options.only.includes(name) && (options.against === null || credential === 'token'),
  );
  const needsTokens = scenarios.some(({ credential }) => credential === 'new-token');
  const rig = await Rig.start({
    ...options,
    newTokens: needsTokens ? newTokensOf(options) : 1,
  });
  try {
    mkdirSync(options.out, { recursive: true });
    if (options.isProfile) {
      await writeProfiles(
        rig,
        mainOf(subjectsFor({ ...options, before: null })),
        scenarios,
        options,
      );
      return;
    }
    const subjects = subjectsFor(options);
    const results = await runRounds({ rig, subjects, scenarios, options, say });
    writeReport({ results, subjects, scenarios, options, placement });
  } finally {
    await rig.stop();
  }
}

function newTokensOf({ isSmoke, seconds }: Options): number {
  return isSmoke ? NEW_TOKENS_OF_SMOKE : Math.ceil(NEW_TOKENS_PER_SECOND * seconds);
}

function writeReport(report: Report): void {
  const { out, name } = report.options;
  const text = reportOf(report);
  console.log(`\n${text}`);
  const pictures = [...plotsOf(report)].map(([plot, svg]) => {
    const file = `${name}-${plot}.svg`;
    writeFileSync(join(out, file), svg);
    return `\n![${plot}](${file})\n`;
  });
  const file = join(out, `${name}.md`);
  writeFileSync(file, text + pictures.join(''));
  say(`written to ${file}`);
}

function subjectsFor({ against, before, pid, on }: Options): readonly SubjectKind[] {
  if (against !== null) return [RAW, otherGateway(against, pid)];
  const isPossible = ({ name, needsPostgres }: SubjectKind) =>
    on.includes(name) && (POSTGRES_MISSING === null || !needsPostgres);
  const earlier = before === null ? [] : gatewaysOf(before).filter(isPossible);
  const named = earlier.map((kind) => ({
    ...kind,
    name: `before-${kind.name}`,
    title: `${kind.title}, before`,
  }));
  return [RAW, ...named, ...GATEWAYS.filter(isPossible)];
}

function mainOf(subjects: readonly SubjectKind[]): SubjectKind {
  const main = subjects.find((kind) => kind !== RAW);
  if (main === undefined) throw new Error('there is nothing to measure');
  return main;
}

/** Builds the gateway when its sources have changed, so that no measured start does. */
function build(root: string): void {
  const args = [join(root, 'scripts/run.mjs'), 'gateway', '--help'];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the gateway could not be built');
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}
