import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { createDatabase, type Database } from '#libs/database';
import { GatehouseError } from '#libs/common';
import { RedisConnection } from '#libs/redis';
import { eventually } from '#support/eventually';
import { startFreezingProxy } from '#support/freezing-proxy';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis, REDIS_PASSWORD } from '#support/redis';
import { AgreedLedger } from './agreed-ledger.js';
import { LedgerAgreement } from './ledger-agreement.js';
import { PostgresLedger } from './postgres-ledger.js';
import type { RateClaim, RateType } from './rate-claims.js';
import type { RateResult } from './rate-counters.js';
import { SharedCounters } from './shared-counters.js';

let counter = 0;

describeWithRedis('rate limits on Redis, with PostgreSQL behind it', (redisServer) => {
  describeWithPostgres('of several processes', (server) => {
    let database: ReturnType<typeof createDatabase>;
    let open: (() => Promise<unknown>)[];
    let isDatabaseLost = false;

    beforeAll(() => {
      Logger.overrideLogger(false);
    });
    beforeEach(async () => {
      open = [];
      counter += 1;
      isDatabaseLost = false;
      const databaseUrl = await server().createDatabase();
      database = createDatabase({ databaseUrl, dataDir: '' }, { entities: [] });
      database.start();
      await database.whenReady();
    });
    afterEach(async () => {
      isDatabaseLost = false;
      for (const close of open) await close();
      await database.close();
    });

    /** The database, as a process reaches it that may have lost it. */
    const reached = (): Pick<Database, 'read' | 'write'> => ({
      read: (work) =>
        isDatabaseLost
          ? Promise.reject(new GatehouseError('database_unavailable'))
          : database.read(work),
      write: (work) =>
        isDatabaseLost
          ? Promise.reject(new GatehouseError('database_unavailable'))
          : database.write(work),
    });
    const processAt = (port = redisServer().port): SharedCounters => {
      const redis = new RedisConnection(`redis://:${REDIS_PASSWORD}@127.0.0.1:${String(port)}`);
      redis.onModuleInit();
      const holder = randomUUID();
      const [postgres, agreement] = [
        new PostgresLedger(reached(), holder),
        new LedgerAgreement(reached(), holder),
      ];
      const parts = { holder, redis, postgres, agreement, restMs: 200 };
      const counters = new SharedCounters(new AgreedLedger(parts));
      open.push(() => counters.onModuleDestroy().then(() => redis.onApplicationShutdown()));
      return counters;
    };
    const claim = (type: RateType, limit: number, amount = 1, id = 'a'): RateClaim => ({
      ...{ counter: `${type}-${id}-${String(counter)}`, scope: 'team', id, model: null },
      ...{ type, limit, amount },
    });
    const take = async (at: SharedCounters | undefined, claims: RateClaim[]): Promise<RateResult> =>
      at?.take(claims) ?? Promise.reject(new Error('no process'));
    const admitted = (results: readonly RateResult[]): number =>
      results.filter(({ ticket }) => ticket !== null).length;
    const burst = async (at: readonly SharedCounters[], one: RateClaim, count: number) => {
      const calls = Array.from({ length: count }, (_, index) => take(at[index % at.length], [one]));
      return admitted(await Promise.all(calls));
    };
    const uses = async (place: 'Redis' | 'PostgreSQL'): Promise<void> => {
      await eventually(async () => {
        const rows = await database.read((manager) =>
          manager.query<{ generation: string | null }[]>(
            'SELECT generation FROM rate_agreement a WHERE NOT EXISTS (SELECT FROM rate_holders h WHERE h.epoch < a.epoch)',
          ),
        );
        const [agreed] = rows;
        expect(agreed && (agreed.generation === null ? 'PostgreSQL' : 'Redis')).toBe(place);
      }, 9_000);
    };
    /** Processes that count in Redis. */
    const started = async (ports: readonly (number | undefined)[]): Promise<SharedCounters[]> => {
      const made = ports.map((port) => processAt(port));
      for (const one of made) await take(one, [claim('requests', 100, 1, 'warm')]);
      await uses('Redis');
      return made;
    };
    const tellRedis = async (command: string): Promise<void> => {
      const admin = new RedisConnection(redisServer().url);
      admin.onModuleInit();
      await admin.ready(5_000);
      await admin.command([command]);
      await admin.onApplicationShutdown();
    };
    const grantsInPostgres = async (): Promise<number> => {
      const rows = await database.read((manager) =>
        manager.query<{ count: number }[]>(
          `SELECT count(*)::int AS count FROM rate_grants WHERE counter NOT LIKE '%warm%'`,
        ),
      );
      return rows[0]?.count ?? 0;
    };

    it('admit exactly the limit, and ask PostgreSQL for nothing', async () => {
      const both = await started([undefined, undefined]);
      expect(await burst(both, claim('requests', 50), 300)).toBe(50);
      expect(await grantsInPostgres()).toBe(0);
    });

    it('admit exactly the limit when Redis is killed in the middle, and when it is back with empty memory', async () => {
      const both = await started([undefined, undefined]);
      const one = claim('requests', 60);
      expect(await burst(both, one, 20)).toBe(20);
      const killed = redisServer().kill();
      expect(await burst(both, one, 30)).toBe(30);
      await killed;
      await uses('PostgreSQL');
      expect(await burst(both, one, 4)).toBe(4);
      await redisServer().resume();
      await uses('Redis');
      expect(await burst(both, one, 100)).toBe(6);
      expect(await burst([processAt()], one, 10)).toBe(0);
    });

    it('count on when Redis restarts or is emptied between two requests', async () => {
      const both = await started([undefined, undefined]);
      const one = claim('requests', 30);
      expect(await burst(both, one, 10)).toBe(10);
      await redisServer().kill();
      await redisServer().resume();
      expect(await burst(both, one, 10)).toBe(10);
      await uses('Redis');
      await tellRedis('FLUSHALL');
      expect(await burst(both, one, 100)).toBe(10);
    });

    it('count on when Redis comes back with the memory of an earlier time', async () => {
      const both = await started([undefined, undefined]);
      const one = claim('requests', 30);
      expect(await burst(both, one, 5)).toBe(5);
      await tellRedis('SAVE');
      expect(await burst(both, one, 20)).toBe(20);
      await redisServer().kill();
      await redisServer().resume();
      expect(await burst(both, one, 100)).toBe(5);
    });

    it('wait until the others have said what they have, before anything is admitted elsewhere', async () => {
      const [first, second] = await started([undefined, undefined]);
      const one = claim('requests', 30);
      expect(await burst(first === undefined ? [] : [first], one, 40)).toBe(30);
      await redisServer().kill();
      expect(await burst(second === undefined ? [] : [second], one, 40)).toBe(0);
      await redisServer().resume();
      await uses('Redis');
      expect(await burst(second === undefined ? [] : [second], one, 40)).toBe(0);
    });

    it('all leave Redis when one of them cannot reach it, and come back with it', async () => {
      const proxy = await startFreezingProxy(redisServer().port);
      open.push(() => proxy.close());
      const both = await started([undefined, proxy.port]);
      const one = claim('requests', 40);
      expect(await burst(both, one, 10)).toBe(10);
      proxy.freeze();
      expect(await burst(both, one, 20)).toBe(20);
      await uses('PostgreSQL');
      expect(await burst(both, one, 5)).toBe(5);
      proxy.thaw();
      await uses('Redis');
      expect(await burst(both, one, 50)).toBe(5);
    });

    it('keep slots that are held, whichever ledger counts', async () => {
      const both = await started([undefined, undefined]);
      const one = claim('max_parallel_requests', 4);
      const held = await Promise.all([take(both[0], [one]), take(both[1], [one])]);
      await redisServer().kill();
      expect(await burst(both, one, 20)).toBe(2);
      await redisServer().resume();
      await uses('Redis');
      expect(await burst(both, one, 20)).toBe(0);
      for (const { ticket } of held) ticket?.release(0);
      await eventually(async () => {
        expect(await both[1]?.look([{ ...one, amount: 2 }])).toBeNull();
      });
    });

    it('give back in one ledger what was taken in the other', async () => {
      const both = await started([undefined, undefined]);
      const reserved = claim('tokens', 1_000, 900);
      const { ticket } = await take(both[0], [reserved]);
      await redisServer().kill();
      expect(await burst(both, reserved, 2)).toBe(0);
      ticket?.release(150);
      await eventually(async () => {
        expect(await both[1]?.look([{ ...reserved, amount: 850 }])).toBeNull();
      });
      expect(await both[1]?.look([{ ...reserved, amount: 851 }])).not.toBeNull();
      await redisServer().resume();
      await uses('Redis');
      expect(await both[1]?.look([{ ...reserved, amount: 850 }])).toBeNull();
      expect(await both[1]?.look([{ ...reserved, amount: 851 }])).not.toBeNull();
    });

    it('count what a process used that has ended, also after Redis was lost and is back', async () => {
      const both = await started([undefined, undefined]);
      const one = claim('requests', 10);
      expect(await burst(both.slice(0, 1), one, 6)).toBe(6);
      await both[0]?.onModuleDestroy();
      await redisServer().kill();
      expect(await burst(both.slice(1), one, 2)).toBe(2);
      await redisServer().resume();
      await uses('Redis');
      expect(await burst(both.slice(1), one, 20)).toBe(2);
    });

    it('go on exactly while PostgreSQL is lost', async () => {
      const both = await started([undefined, undefined]);
      expect(await burst(both, claim('requests', 50, 1, 'entered'), 60)).toBe(50);
      isDatabaseLost = true;
      expect(await burst(both, claim('requests', 50), 300)).toBe(50);
    });

    it('use PostgreSQL while a process is there that does not know Redis', async () => {
      const [first] = await started([undefined]);
      const stranger = new SharedCounters(new PostgresLedger(database, randomUUID()));
      open.push(() => stranger.onModuleDestroy());
      await take(stranger, [claim('requests', 10, 1, 'stranger')]);
      await uses('PostgreSQL');
      const one = claim('requests', 20);
      expect(await burst([stranger, ...(first === undefined ? [] : [first])], one, 60)).toBe(20);
    });
  });
});
