import { ExpectationRunner, Given, readExpectations, RowBook } from '#libs/offline';
import type { EvaluatedExpectation } from '#libs/offline';
import type { Settings } from '#libs/config';
import { EXIT } from './exit-code.js';
import { readNamed, usable } from './named-file.js';
import { withPipeline } from './offline.js';

/**
 * Evaluates every case of a file of expectations by the configuration, with the gateway's own pipeline over the rows that
 * the file states, and prints each that did not hold.
 * @param path the file; `-` is standard input
 * @returns 0 when all held, 1 when some did not
 * @throws UnusableFileError when the file cannot be used
 */
export async function checkExpectations(settings: Settings, path: string): Promise<number> {
  const file = usable('expect', readExpectations(await readNamed('expect', path)));
  const rows = new RowBook(file.given ?? new Given(), { assumesMissing: false });
  const evaluated = await withPipeline(settings, rows, (pipeline) =>
    pipeline.get(ExpectationRunner).run(file),
  );
  const failed = evaluated.filter(({ mismatches }) => mismatches.length > 0);
  process.stdout.write(evaluated.map(caseText).join(''));
  process.stdout.write(
    `gatehouse: ${String(evaluated.length - failed.length)} of ${String(evaluated.length)} expectations held.\n`,
  );
  return failed.length === 0 ? EXIT.ok : EXIT.failed;
}

function caseText({ name, record, mismatches }: EvaluatedExpectation): string {
  if (mismatches.length === 0) return `held    ${name}\n`;
  const refusal = record.steps.findLast(({ outcome }) => outcome === 'refused');
  return [
    `FAILED  ${name}`,
    ...mismatches.map(
      ({ member, expected, found }) =>
        `        ${member}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    ),
    ...(refusal === undefined ? [] : [`        refused by ${refusal.guard}: ${refusal.detail}`]),
    ...(record.remedy === null ? [] : [`        remedy: ${record.remedy}`]),
    '',
  ].join('\n');
}
