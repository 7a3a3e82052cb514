import fc from 'fast-check';
import { describeOnEachDatabase } from '#support/each-database';
import {
  anIntent,
  anOutcome,
  emptyLedger,
  openSpend,
  type SpendHarness,
} from '#support/spend-harness';
import { DAY_MS, parseUsd, usdNumber } from '#libs/common';
import { Ledger } from '../ledger/ledger.js';
import { SpendCube, type CubeRow } from './spend-cube.js';

/** Names that JSON must quote, or that a collation would sort otherwise. */
const NAMES = ['a', 'B', '"', '\\', 'line\nbreak', 'é', '😀', '__proto__', '{}', ','];

const call = fc.record({
  user: fc.constantFrom('alice', 'bob', null),
  team: fc.constantFrom(...NAMES, null),
  key: fc.constantFrom('key-1', 'key-"2"', null),
  endUser: fc.constantFrom(...NAMES, null),
  tags: fc.subarray(NAMES),
  daysAgo: fc.integer({ min: 0, max: 3 }),
  cost: fc.bigInt({ min: 0n, max: 10n ** 18n }),
  succeeded: fc.boolean(),
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

interface Metrics {
  readonly spend: number;
  readonly api_requests: number;
  readonly failed_requests: number;
  readonly total_tokens: number;
}
interface Shown {
  readonly metrics: Metrics;
  readonly metadata: object;
  readonly api_key_breakdown?: Readonly<Record<string, Shown>>;
}

const metricsOf = (row: CubeRow): object => ({
  spend: usdNumber(parseUsd(row.spend)),
  prompt_tokens: row.inputTokens,
  completion_tokens: row.outputTokens,
  cache_read_input_tokens: row.cachedInputTokens,
  cache_creation_input_tokens: 0,
  total_tokens: row.inputTokens + row.outputTokens,
  successful_requests: row.successfulRequests,
  failed_requests: row.requests - row.successfulRequests,
  api_requests: row.requests,
});

describeOnEachDatabase('SpendCube', (freshDatabase) => {
  let harness: SpendHarness;
  let cube: SpendCube;

  beforeAll(async () => {
    harness = await openSpend({ databaseUrl: await freshDatabase() });
    cube = harness.app.get(SpendCube);
  });
  afterAll(async () => {
    await harness.close();
  });

  const play = async (calls: readonly Call[]): Promise<void> => {
    await emptyLedger(harness);
    const records = calls.flatMap(({ user, team, key, endUser, ...rest }) => {
      const intent = anIntent({
        startedAt: new Date(Date.now() - rest.daysAgo * DAY_MS),
        tags: rest.tags,
        attribution: {
          ...anIntent().attribution,
          userId: user,
          teamId: team,
          keyId: key,
          endUserId: endUser,
        },
      });
      const { requestId, attempt, startedAt } = intent;
      const outcome = anOutcome({ costPico: rest.cost, succeeded: rest.succeeded });
      const ref = { requestId, attempt, startedAt };
      return [{ kind: 'intent', intent } as const, { kind: 'settlement', ref, outcome } as const];
    });
    await harness.app.get(Ledger).commit(records, 'one');
  };
  /** One entry for each day, breakdown and value, and for each key of it where it has those. */
  const flat = (rows: readonly { day: string; breakdown: string; json: string }[]): unknown[] =>
    rows.flatMap(({ day, breakdown, json }) =>
      Object.entries(JSON.parse(`{${json}}`) as Record<string, Shown>).flatMap(
        ([value, { metrics, api_key_breakdown }]) => [
          { at: [day, breakdown, value], metrics },
          ...Object.entries(api_key_breakdown ?? {}).map(([key, shown]) => ({
            at: [day, breakdown, value, key],
            metrics: shown.metrics,
          })),
        ],
      ),
    );
  const sorted = (entries: readonly unknown[]): string[] =>
    entries.map((entry) => JSON.stringify(entry)).sort();

  it('writes the breakdowns of each day as its sums are, with every kind of name', async () => {
    const breakdowns = { models: 'model', clients: 'client' } as const;
    const dimensions = { ...breakdowns, entities: 'team', api_keys: 'key' } as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 8 }),
        fc.subarray(['key-1', 'key-"2"']),
        fc.subarray(NAMES),
        fc.constantFrom(undefined, 'tag', 'end_user'),
        async (calls, keys, teams, only) => {
          await play(calls);
          const scope = only === undefined ? {} : ({ only } as const);
          const entities = { dimension: 'team', values: teams, hasKeys: true } as const;
          const written = await cube.activity({ ...scope, breakdowns, entities, keys, labels: [] });
          const isShown = ([value = '', key]: string[], name: string): boolean =>
            value !== '' &&
            (name !== 'entities' || teams.includes(value)) &&
            (name !== 'api_keys' || keys.includes(value)) &&
            (key === undefined || keys.includes(key));
          const expected: unknown[] = [];
          for (const [name, dimension] of Object.entries(dimensions)) {
            const groups = [[dimension], ...(dimension === 'key' ? [] : [[dimension, 'key']])];
            for (const groupBy of groups as (typeof dimension)[][]) {
              for (const row of await cube.sums({ ...scope, groupBy: ['day', ...groupBy] })) {
                const [day, ...values] = row.values;
                if (!isShown(values, name)) continue;
                expected.push({ at: [day, name, ...values], metrics: metricsOf(row) });
              }
            }
          }
          expect(sorted(flat(written))).toEqual(sorted(expected));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('writes the teams and end users of each day with their models and keys', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 8 }), async (calls) => {
        await play(calls);
        for (const subject of ['team', 'end_user'] as const) {
          const names = new Map([['', 'none']]);
          const written = await cube.subjects({ subject, member: 'who', names });
          const shown = written.flatMap(({ day, json }) =>
            (JSON.parse(`[${json}]`) as { who: string; metadata: object[] }[]).flatMap(
              ({ who, metadata }) => metadata.map((entry) => ({ day, who, ...entry })),
            ),
          );
          const rows = await cube.sums({ groupBy: ['day', subject, 'model', 'key'] });
          const expected = rows.map(({ values: [day, id = '', model, api_key], ...row }) => ({
            day,
            who: names.get(id) ?? id,
            model,
            spend: usdNumber(parseUsd(row.spend)),
            total_tokens: row.inputTokens + row.outputTokens,
            api_key,
          }));
          expect(shown).toEqual(
            expected.toSorted((a, b) =>
              (a.day ?? '') < (b.day ?? '') ? -1 : a.day === b.day ? 0 : 1,
            ),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  it('shows names and metadata that it is given', async () => {
    const who = { user: 'alice', team: 'a', key: 'key-1', endUser: null } as const;
    await play([{ ...who, tags: [], daysAgo: 0, cost: 10n ** 12n, succeeded: true }]);
    const rows = await cube.activity({
      breakdowns: { models: 'model' },
      entities: { dimension: 'team', values: ['a'], hasKeys: true },
      keys: ['key-1'],
      filter: { team: ['a'] },
      labels: [
        { breakdown: 'entities', value: 'a', name: 'The "A"', metadata: { team_alias: 'A' } },
        { breakdown: 'api_keys', value: 'key-1', metadata: { key_alias: null } },
        { breakdown: 'models', value: 'a', name: 'of another breakdown' },
      ],
    });
    const written = rows.find(({ breakdown }) => breakdown === 'entities');
    expect(JSON.parse(`{${written?.json ?? ''}}`)).toEqual({
      'The "A"': {
        metrics: expect.objectContaining({ spend: 1 }),
        metadata: { team_alias: 'A' },
        api_key_breakdown: {
          'key-1': {
            metrics: expect.objectContaining({ spend: 1 }),
            metadata: { key_alias: null },
          },
        },
      },
    });
  });

  it('knows the names of all tags, in the order of their bytes', async () => {
    expect(await cube.names('tag', 100)).toEqual([]);
    await play(
      NAMES.map((name) => ({
        user: null,
        team: null,
        key: null,
        endUser: null,
        tags: [name],
        daysAgo: 0,
        cost: 1n,
        succeeded: true,
      })),
    );
    const byBytes = NAMES.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await cube.names('tag', 100)).toEqual(byBytes);
    expect(await cube.names('tag', 3)).toEqual(byBytes.slice(0, 3));
  });

  it('has nothing for an empty ledger', async () => {
    await emptyLedger(harness);
    const breakdowns = { models: 'model' } as const;
    const entities = { dimension: 'user', values: ['alice'], hasKeys: true } as const;
    const nothing = await cube.activity({ breakdowns, entities, keys: ['key-1'], labels: [] });
    expect(nothing).toEqual([]);
    expect(await cube.subjects({ subject: 'team', member: 'who', names: new Map() })).toEqual([]);
    expect(await cube.names('tag', 100)).toEqual([]);
  });
});
