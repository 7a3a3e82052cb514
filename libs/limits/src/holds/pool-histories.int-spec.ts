import fc from 'fast-check';
import { formatUsd, parseUsd } from '#libs/common';
import type { HeldWindow, SpendRecorder } from '#libs/spend';
import { PooledProcess } from '#support/pooled-process';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';
import { soakOr } from '#support/soak';
import { openSpend, type SpendHarness } from '#support/spend-harness';
import type { MoneyClaim } from './money-claims.js';
import type { MoneyHold } from './money-holds.js';

jest.setTimeout(soakOr(180_000, 1_800_000));

const RUNS = soakOr(12, 20);
const CAP = 1_000n;
/** Longer than a busy machine holds a process up: what is held is not covered when its lease was renewed too late. */
const LEASE_SECONDS = 4;

/** What PostgreSQL counts when it grants. */
const STATE = `SELECT w.scope, w.spent_usd::text AS spent, coalesce((
    SELECT sum(greatest(l.amount_usd, 0)) FROM budget_leases l
    WHERE (l.scope, l.id, l.window_start, l.window_end) = (w.scope, w.id, w.window_start, w.window_end)
    ), 0)::text AS leased
  FROM budget_windows w WHERE w.id = $1`;
const BOOK = [
  'UPDATE budget_windows SET spent_usd = spent_usd + $1 WHERE scope = $2 AND id = $3',
  'UPDATE budget_leases SET amount_usd = amount_usd - $1 WHERE scope = $2 AND id = $3 AND holder = $4',
];

/** The arithmetic of the ledger: costs wait in a journal, and what is done before a booking is done before it. */
class Books {
  readonly processId: string;
  private readonly steps: (() => Promise<void>)[] = [];
  private pending: { readonly windows: readonly HeldWindow[]; readonly costPico: bigint }[] = [];
  private windows: readonly HeldWindow[] = [];

  constructor(
    private readonly harness: SpendHarness,
    name: string,
  ) {
    this.processId = name;
  }

  beforeBooking(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  open({ holds }: { readonly holds: readonly HeldWindow[] }): null {
    this.windows = holds;
    return null;
  }

  settle(_ref: unknown, { costPico }: { readonly costPico: bigint }): null {
    this.pending.push({ windows: this.windows, costPico });
    return null;
  }

  drained(): Promise<void> {
    return this.flush();
  }

  async flush(): Promise<void> {
    const batch = this.pending;
    this.pending = [];
    await Promise.allSettled(this.steps.map((step) => step()));
    await this.harness.database.write(async ({ manager }) => {
      for (const { windows, costPico } of batch) {
        for (const { scope, id } of windows) {
          const parameters = [formatUsd(costPico), scope, id];
          await manager.query(String(BOOK[0]), parameters);
          await manager.query(String(BOOK[1]), [...parameters, this.processId]);
        }
      }
    });
  }
}

interface Member {
  readonly process: PooledProcess;
  readonly books: Books;
  readonly running: { readonly hold: MoneyHold; readonly isOfBoth: boolean }[];
  isAlive: boolean;
}

const who = fc.nat(2);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ hold: fc.bigInt({ min: 1n, max: 300n }), who, both: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ burst: fc.integer({ min: 2, max: 12 }), who }) },
  { weight: 6, arbitrary: fc.record({ end: fc.double({ min: 0, max: 1, noNaN: true }), who }) },
  { weight: 3, arbitrary: fc.record({ flush: fc.constant(true), who }) },
  { weight: 3, arbitrary: fc.record({ redis: fc.constantFrom('killed', 'emptied') }) },
  { weight: 1, arbitrary: fc.record({ dies: fc.constant(true), who }) },
  { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 400 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describeWithRedis('The arithmetic of a pool', (redis) => {
  describeWithPostgres('in PostgreSQL and Redis', (postgres) => {
    let harness: SpendHarness;
    let run = 0;

    beforeAll(async () => {
      harness = await openSpend({ databaseUrl: await postgres().createDatabase() });
    });
    afterAll(async () => {
      await harness.close();
    });

    const newMember = (name: string): Member => {
      const books = new Books(harness, name);
      const recorder = books as unknown as SpendRecorder;
      const process = new PooledProcess(harness, redis().url, recorder, LEASE_SECONDS);
      return { process, books, running: [], isAlive: true };
    };

    /** A history of three processes: what is spent, held and not booked is covered by PostgreSQL, and never above the cap. */
    const play = async (steps: readonly Step[]): Promise<number> => {
      run += 1;
      const id = `run-${String(run)}`;
      const window = { startMs: -Infinity, endMs: Infinity };
      const claims = (['user', 'team'] as const).map((scope): MoneyClaim => ({
        scope,
        id,
        shownId: id,
        window,
        duration: null,
        atMs: Date.now(),
        capPico: CAP,
      }));
      const members = [0, 1, 2].map((number) => newMember(`${id}-${String(number)}`));
      for (const { process } of members) await process.redis.ready(5_000);
      const ended = { user: 0n, team: 0n };
      const truth = (scope: 'user' | 'team'): bigint => {
        const held = members
          .filter(({ isAlive }) => isAlive)
          .flatMap(({ running }) => running)
          .filter(({ isOfBoth }) => isOfBoth || scope === 'user');
        return held.reduce((sum, { hold }) => sum + hold.heldPico, ended[scope]);
      };
      const check = async (): Promise<void> => {
        const rows = await harness.rows(STATE, [id]);
        for (const row of rows) {
          const real = truth(row['scope'] as 'user' | 'team');
          const counted = parseUsd(String(row['spent'])) + parseUsd(String(row['leased']));
          expect([counted >= real, real <= CAP, counted, real]).toEqual([
            true,
            true,
            counted,
            real,
          ]);
        }
      };
      const hold = async (member: Member, pico: bigint, isOfBoth: boolean): Promise<void> => {
        const asked = isOfBoth ? claims : claims.slice(0, 1);
        try {
          const range = { leastPico: pico, mostPico: pico };
          member.running.push({ hold: await member.process.holds.hold(asked, range), isOfBoth });
        } catch {
          // Refused, or the process is dead.
        }
      };
      const end = (member: Member, part: number): void => {
        const [first] = member.running.splice(0, 1);
        if (first === undefined) return;
        const costPico = (first.hold.heldPico * BigInt(Math.floor(part * 100))) / 100n;
        member.process.end(first.hold, costPico);
        ended.user += costPico;
        if (first.isOfBoth) ended.team += costPico;
      };
      const loseRedis = async (how: string): Promise<void> => {
        if (how === 'emptied') {
          await members[0]?.process.redis.command(['FLUSHALL']).catch(() => null);
          return;
        }
        await redis().kill();
        await redis().resume();
      };
      const kill = (member: Member): void => {
        if (members.filter(({ isAlive }) => isAlive).length === 1) return;
        member.process.kill();
        member.isAlive = false;
      };
      const doOf = async (member: Member, one: Step): Promise<void> => {
        if ('flush' in one) await member.books.flush();
        if (!member.isAlive) return;
        if ('hold' in one) await hold(member, one.hold, one.both);
        if ('burst' in one) {
          await Promise.all(Array.from({ length: one.burst }, () => hold(member, 20n, true)));
        }
        if ('end' in one) end(member, one.end);
        if ('dies' in one) kill(member);
      };
      const doStep = async (one: Step): Promise<void> => {
        if ('wait' in one) await new Promise((resolve) => setTimeout(resolve, one.wait));
        if ('redis' in one) await loseRedis(one.redis);
        const member = 'who' in one ? members[one.who] : undefined;
        if (member !== undefined) await doOf(member, one);
      };
      try {
        for (const one of steps) {
          await doStep(one);
          await check();
        }
        for (const member of members) {
          while (member.isAlive && member.running.length > 0) end(member, 0.5);
          await member.books.flush();
          await check();
        }
        return members.reduce((sum, { process }) => sum + process.served, 0);
      } finally {
        for (const { process } of members) await process.close();
      }
    };

    it('covers what is spent, held and not booked in every history, and never grants more than the cap', async () => {
      let served = 0;
      const property = fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
        async (steps) => {
          served += await play(steps);
        },
      );
      await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
      // The pool is used; how often depends on the histories.
      expect(served).toBeGreaterThan(RUNS / 4);
    });
  });
});
