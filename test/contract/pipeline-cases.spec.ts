import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withPipeline } from '#gateway/cli/offline';
import type { DecisionRecord } from '#libs/auth';
import {
  ExpectationRunner,
  Given,
  mismatchesOf,
  outcomeOf,
  readExpectations,
  RowBook,
  type ExpectationFile,
} from '#libs/offline';
import { CASES, LiveCases } from '#support/live-cases';

/** Everything of a decision that does not depend on how the caller was made known, or on which call it was. */
function essence(record: DecisionRecord): object {
  const { allowed, reason, principal, team_candidates, allowed_models, allowed_routes } = record;
  const behindTheFirst = record.steps.filter(({ guard }) => guard !== 'jwt-auth');
  return {
    allowed,
    reason,
    principal,
    team_candidates,
    allowed_models,
    allowed_routes,
    steps: behindTheFirst,
    remedy: record.remedy,
    outcome: outcomeOf(record),
  };
}

/** Without the ending of the call, which a handler may have spoilt for reasons that no guard knows. */
function evaluation(record: DecisionRecord): object {
  return essence(record.allowed ? { ...record, status: 200, reason: null } : record);
}

function fileAt(path: string): ExpectationFile {
  const stated = readExpectations(readFileSync(path, 'utf8'));
  if (!stated.ok) throw new Error(`${path}:\n${stated.problems.join('\n')}`);
  return stated.value;
}

const files = globSync(join(CASES, '*.yaml'))
  .toSorted()
  .map((path) => [basename(path, '.yaml'), fileAt(path)] as const);

describe.each(files)('the cases of %s', (_name, file) => {
  let cases: LiveCases;
  let offline: ReadonlyMap<string, DecisionRecord>;

  beforeAll(async () => {
    cases = await LiveCases.start(file);
    const rows = new RowBook(file.given ?? new Given(), { assumesMissing: false });
    const evaluated = await withPipeline(cases.settings, rows, (context) =>
      context.get(ExpectationRunner).run(file),
    );
    offline = new Map(evaluated.map(({ name, record }) => [name, record]));
  }, 120_000);

  afterAll(async () => {
    await cases.stop();
  });

  it.each(file.cases.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const { status, live, explained, explainedByClaims, isStatusTelling } =
      await cases.evaluate(one);
    expect(mismatchesOf(one.expect, explained)).toEqual([]);
    expect(evaluation(live)).toEqual(evaluation(explained));
    if (explainedByClaims !== null) {
      expect(evaluation(explainedByClaims)).toEqual(evaluation(explained));
    }
    if (isStatusTelling) expect(status).toBe(explained.status);
    const stated = offline.get(name);
    if (stated === undefined) throw new Error('the case was not evaluated offline');
    expect(evaluation(stated)).toEqual(evaluation(explained));
  });
});

describe('the case files', () => {
  it('name every case once', () => {
    const names = files.map(([, { cases }]) => cases.map(({ name }) => name));
    expect(names.map((all) => all.length)).toEqual(names.map((all) => new Set(all).size));
  });
});
