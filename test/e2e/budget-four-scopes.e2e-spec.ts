import { randomUUID } from 'node:crypto';
import {
  CENT_CALL,
  startBudgetedGateways,
  WINDOW_STATES,
  type BudgetedGateways,
  type BudgetedSurroundings,
  type WindowState,
} from '#support/budgeted-gateways';
import type { Answer, AnswerBody } from '#support/client';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { soakOr } from '#support/soak';

jest.setTimeout(120_000);

const SEEDS = Array.from({ length: soakOr(3, 20) }, (_, index) => index + 1);
/** Of these every call costs what is held for it; of the others less. */
const isExactSeed = (seed: number): boolean => seed % 2 === 1;
const CALLS = 150;

interface Subject {
  readonly key: string;
  /** Caps in cents of key, user, team and organisation: the third is the tightest. */
  readonly caps: readonly number[];
  /** As {@link WINDOW_STATES} names them, in the same order. */
  readonly ids: readonly string[];
}

/** Numbers from 0 up to a bound without it, the same ones for a seed (mulberry32). */
function random(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** @param start how the processes share their leases */
const suites = (start: () => Promise<BudgetedSurroundings>): void => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    budgeted = await startBudgetedGateways(await start());
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const subject = async (caps: readonly number[]): Promise<Subject> => {
    const [user_id, team_id, organization_id] = [randomUUID(), randomUUID(), randomUUID()];
    const [key, user, team, org] = caps.map((cents) => ({ max_budget: cents / 100 }));
    const { admin } = budgeted;
    await admin.post('/organization/new', {
      ...{ organization_id, organization_alias: organization_id },
      ...org,
    });
    await admin.post('/user/new', { user_id, auto_create_key: false, ...user });
    await admin.post('/team/new', { team_id, organization_id, ...team });
    const made = await admin.post<{ key: string; token: string }>('/key/generate', {
      ...{ user_id, team_id, organization_id },
      ...key,
    });
    expect(made.status).toBe(200);
    const ids = [made.json.token, user_id, team_id, organization_id];
    return { key: made.json.key, caps, ids };
  };
  const states = ({ ids }: Subject): Promise<WindowState[]> =>
    budgeted.rows<WindowState>(WINDOW_STATES, [ids]);
  /** Runs something, and looks meanwhile whether more is spent and held than a cap allows. */
  const watched = async <T>(one: Subject, run: () => Promise<T>): Promise<T> => {
    const ended = new AbortController();
    const watching = (async () => {
      while (!ended.signal.aborted) {
        for (const { scope, id, spent, held } of await states(one)) {
          const cap = (one.caps[one.ids.indexOf(id)] ?? 0) / 100;
          if (spent + held > cap + 1e-9) throw new Error(`${scope}: ${String(spent + held)}`);
        }
      }
    })();
    const [result] = await Promise.all([
      run().finally(() => {
        ended.abort();
      }),
      watching,
    ]);
    return result;
  };
  const callAll = (one: Subject, tokens: () => number): Promise<Answer[]> =>
    Promise.all(
      Array.from({ length: CALLS }, (_, index) =>
        budgeted.caller(index, one.key).chat('hello', {
          ...CENT_CALL,
          stream: index % 3 === 0,
          ...budgeted.upstream.behaviour({ completionTokens: tokens() }),
        }),
      ),
    );
  const refusedScopes = (answers: readonly Answer[]): Set<unknown> =>
    new Set(
      answers
        .filter(({ status }) => status === 422)
        .map(({ json }) => {
          const { scope, id } = (json.error as AnswerBody['error'] & { budget: WindowState })
            .budget;
          return `${scope} ${id}`;
        }),
    );

  it.each(SEEDS)(
    `of ${String(CALLS)} calls at once serve what the tightest of four budgets bears, name it to the others and leave the other three what was not spent (seed %i)`,
    async (seed) => {
      const next = random(seed);
      const isExact = isExactSeed(seed);
      const least = 5 + next(Math.floor(CALLS / 3));
      const one = await subject([
        least + 1 + next(CALLS),
        least + 1 + next(CALLS),
        least,
        least + 1 + next(20),
      ]);
      const before = budgeted.upstream.records.length;
      const answers = await watched(one, () => callAll(one, () => (isExact ? 100 : next(100))));
      const served = answers.filter(({ status }) => status === 200).length;
      const records = budgeted.upstream.records.slice(before);
      expect(records).toHaveLength(served);
      if (isExact) expect(served).toBe(least);
      expect(served).toBeGreaterThanOrEqual(least);
      expect([...new Set(answers.map(({ status }) => status))].toSorted()).toEqual([200, 422]);
      expect([...refusedScopes(answers)]).toEqual([`team ${one.ids[2] ?? ''}`]);
      expect(await budgeted.differences()).toEqual([]);
      const tokens = records.reduce((sum, { completionTokens }) => sum + completionTokens, 0);
      expect((await states(one)).map(({ spent }) => spent)).toEqual(Array(4).fill(tokens / 10_000));
      // What is left of the others can be used to the last cent by the calls of another team.
      await budgeted.admin.post('/team/update', { team_id: one.ids[2], max_budget: null });
      const tightest = Math.min(one.caps[0] ?? 0, one.caps[1] ?? 0, one.caps[3] ?? 0);
      const left = tightest * 100 - tokens;
      const rest = { max_tokens: left, ...budgeted.upstream.behaviour({ completionTokens: left }) };
      await eventually(async () => {
        for (let index = 0; index < budgeted.gateways.length; index += 1) {
          const spender = budgeted.caller(index, one.key);
          const { json } = await spender.chat('hello', { max_tokens: left + 1 });
          expect(json.error).toMatchObject({ reason: 'budget_exceeded' });
          expect([...refusedScopes([{ status: 422, json } as Answer])]).not.toEqual([
            `team ${one.ids[2] ?? ''}`,
          ]);
        }
      });
      expect((await budgeted.caller(seed, one.key).chat('hello', rest)).status).toBe(200);
      const more = await budgeted.caller(seed + 1, one.key).chat('hello', { max_tokens: 1 });
      expect(more.status).toBe(422);
      await eventually(async () => {
        expect((await states(one)).map(({ spent, held }) => [spent, held])).toEqual(
          Array.from({ length: 4 }, () => [tightest / 100, 0]),
        );
      });
    },
  );
};

describe('Four budgets of each call, in one process', () => {
  suites(() => Promise.resolve({}));
});

describeWithPostgres('Four budgets of each call, in two replicas', (server) => {
  suites(async () => ({ replicas: 2, databaseUrl: await server().createDatabase() }));
});
