import { randomUUID } from 'node:crypto';
import { GatehouseError } from '#libs/common';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';
import { createDatabase } from '#libs/database';
import { RedisConnection, redisScript } from '#libs/redis';
import { eventually } from '#support/eventually';
import type { RateClaim, RateType } from './rate-claims.js';
import type { RateResult } from './rate-counters.js';
import { PostgresLedger } from './postgres-ledger.js';
import { RedisLedger } from './redis-ledger.js';
import type { RateExchange, RateExchanged, RateLedger } from './rate-ledger.js';
import { SharedCounters } from './shared-counters.js';

let counter = 0;

/** The ledger of a process of its own, which can be lost. */
class CountedLedger implements RateLedger {
  exchanges = 0;
  isLost = false;

  constructor(
    readonly holder: string,
    private readonly ledger: RateLedger,
  ) {}

  exchange(exchange: RateExchange): Promise<RateExchanged> {
    this.exchanges += 1;
    return this.isLost
      ? Promise.reject(new GatehouseError('database_unavailable'))
      : this.ledger.exchange(exchange);
  }

  leave(): Promise<void> {
    return this.ledger.leave();
  }
}

/** Where replicas share counters. */
interface Place {
  /** The ledger of another process. */
  ledgerOf(holder: string): RateLedger;
  /** Moves everything that was granted into the past. */
  age(seconds: number): Promise<unknown>;
  /** Ends the lease of a process. */
  expire(holder: string): Promise<unknown>;
  close(): Promise<void>;
}

async function inPostgres(databaseUrl: string): Promise<Place> {
  const database = createDatabase({ databaseUrl, dataDir: '' }, { entities: [] });
  database.start();
  await database.whenReady();
  const run = (sql: string, value: unknown): Promise<unknown> =>
    database.write(({ manager }) => manager.query(sql, [value]));
  return {
    ledgerOf: (holder) => new PostgresLedger(database, holder),
    age: (seconds) => run('UPDATE rate_grants SET cell = cell - $1', seconds),
    expire: (holder) => run('UPDATE rate_holders SET expires_at = now() WHERE holder = $1', holder),
    close: () => database.close(),
  };
}

const AGE = redisScript(`for _, key in ipairs(redis.call('KEYS', '*:counter:tokens-*')) do
  local found = redis.call('HGETALL', key)
  redis.call('DEL', key)
  for index = 1, #found, 2 do
    local cell = tonumber(found[index]) - tonumber(ARGV[1])
    redis.call('HSET', key, string.format('%.0f', cell), found[index + 1])
  end
end`);

async function inRedis(url: string): Promise<Place> {
  const redis = new RedisConnection(url);
  redis.onModuleInit();
  await redis.ready(5_000);
  return {
    ledgerOf: (holder) => {
      const ledger = new RedisLedger(redis, holder, 'space');
      const declared = ledger.declare({ asOfMs: null, units: [], slots: [] });
      return {
        exchange: (exchange) => declared.then(() => ledger.exchange(exchange)),
        leave: () => ledger.leave(),
      };
    },
    age: (seconds) => redis.run(AGE, [], [String(seconds)]),
    expire: (holder) => redis.command(['ZADD', '{gatehouse:rates:space}:holders', '1', holder]),
    close: () => redis.onApplicationShutdown(),
  };
}

describeWithPostgres('counters that replicas share by PostgreSQL', (server) => {
  countersOf(async () => inPostgres(await server().createDatabase()));
});

describeWithRedis('counters that replicas share by Redis', (server) => {
  countersOf(() => inRedis(server().url));
});

function countersOf(makePlace: () => Promise<Place>): void {
  let place: Place;
  let open: SharedCounters[];

  beforeAll(async () => {
    place = await makePlace();
  });
  afterAll(() => place.close());
  beforeEach(() => {
    open = [];
    counter += 1;
  });
  afterEach(async () => {
    await Promise.all(open.map((one) => one.onModuleDestroy()));
  });

  const newLedger = (): CountedLedger => {
    const holder = randomUUID();
    return new CountedLedger(holder, place.ledgerOf(holder));
  };
  const replica = (ledger = newLedger()): SharedCounters => {
    const made = new SharedCounters(ledger);
    open.push(made);
    return made;
  };
  const claim = (type: RateType, limit: number, amount = 1, id = 'a'): RateClaim => ({
    counter: `${type}-${id}-${String(counter)}`,
    scope: 'team',
    id,
    model: null,
    type,
    limit,
    amount,
  });
  const admitted = (results: readonly RateResult[]): number =>
    results.filter(({ ticket }) => ticket !== null).length;

  it.each([1, 2, 3])(
    'admit exactly the limit of 500 parallel requests at %d replicas',
    async (count) => {
      const replicas = Array.from({ length: count }, () => replica());
      const one = claim('requests', 100);
      const calls = Array.from({ length: 500 }, (_, index) =>
        Promise.resolve(replicas[index % count]?.take([one])),
      );
      const results = (await Promise.all(calls)).filter((result) => result !== undefined);
      expect(admitted(results)).toBe(100);
    },
  );

  const take = async (at: SharedCounters, claims: readonly RateClaim[]): Promise<RateResult> =>
    at.take(claims);

  it('count a request against all limits or none: of four, the tightest refuses and the others stay', async () => {
    const [first, second] = [replica(), replica()];
    const claims = [40, 30, 7, 20].map((limit) => claim('requests', limit, 1, String(limit)));
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => take(index % 2 === 0 ? first : second, claims)),
    );
    expect(admitted(results)).toBe(7);
    const refused = results.filter(({ refusal }) => refusal !== null);
    expect(new Set(refused.map(({ refusal }) => refusal?.claim.limit))).toEqual(new Set([7]));
    const others = claims.filter(({ limit }) => limit !== 7);
    // Units in hand of the others go back when their five seconds have gone.
    await eventually(async () => {
      const third = replica();
      expect(await third.look(others.map((one) => ({ ...one, amount: one.limit - 7 })))).toBeNull();
    }, 9_000);
  });

  it('share slots, which are free for others when their requests end', async () => {
    const [first, second] = [replica(), replica()];
    const one = claim('max_parallel_requests', 4);
    for (let round = 0; round < 20; round += 1) {
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) => take(index % 2 === 0 ? first : second, [one])),
      );
      expect(admitted(results)).toBe(4);
      for (const { ticket } of results) ticket?.release(0);
      await eventually(async () => {
        const alone = await take(round % 2 === 0 ? second : first, [{ ...one, amount: 4 }]);
        alone.ticket?.cancel();
        expect(alone.refusal).toBeNull();
      });
    }
  });

  it('find slots free that no process has, also when they are only looked at', async () => {
    const [first, second] = [replica(), replica()];
    const one = claim('max_parallel_requests', 2, 2);
    expect(await first.look([one])).toBeNull();
    const { ticket } = await take(second, [one]);
    expect(await first.look([one])).toMatchObject({ remaining: 0 });
    ticket?.release(0);
    await eventually(async () => {
      expect(await first.look([one])).toBeNull();
    });
  });

  it('free the slots of a process that has died when its lease has ended', async () => {
    const ledger = newLedger();
    const one = claim('max_parallel_requests', 2, 2);
    expect(admitted([await take(replica(ledger), [one])])).toBe(1);
    const other = replica();
    expect(admitted([await take(other, [one])])).toBe(0);
    ledger.isLost = true;
    await place.expire(ledger.holder);
    expect(admitted([await take(other, [one])])).toBe(1);
  });

  it('give unused tokens to the others, and count used ones until they are 66 seconds old', async () => {
    const [first, second] = [replica(), replica()];
    const reserved = claim('tokens', 1000, 900);
    const { ticket } = await take(first, [reserved]);
    expect(admitted([await take(second, [reserved])])).toBe(0);
    ticket?.release(150);
    await eventually(async () => {
      expect(await second.look([{ ...reserved, amount: 850 }])).toBeNull();
    });
    expect(await second.look([{ ...reserved, amount: 851 }])).toMatchObject({ remaining: 850 });
    await place.age(60);
    expect(await second.look([{ ...reserved, amount: 851 }])).not.toBeNull();
    await place.age(6);
    expect(await second.look([{ ...reserved, amount: 1000 }])).toBeNull();
  });

  it('ask for several requests at once, and not for each while the limit is far', async () => {
    const ledger = newLedger();
    const first = replica(ledger);
    const one = claim('requests', 100_000);
    let waited = 0;
    for (let call = 0; call < 2_000; call += 1) {
      const result = first.take([one]);
      if (result instanceof Promise) waited += 1;
      expect((await result).refusal).toBeNull();
    }
    expect(waited).toBeLessThan(40);
    const before = ledger.exchanges;
    const near = claim('requests', 50, 1, 'near');
    await Promise.all(Array.from({ length: 300 }, () => take(first, [near])));
    expect(ledger.exchanges - before).toBeLessThan(10);
  });

  it('go on with a part of each limit while the ledger is lost, and count that afterwards', async () => {
    const ledgers = [newLedger(), newLedger()];
    const [first, second] = [replica(ledgers[0]), replica(ledgers[1])];
    const warm = claim('requests', 10, 1, 'warm');
    await take(first, [warm]);
    await take(second, [warm]);
    await take(first, [claim('requests', 10, 1, 'again')]);
    for (const ledger of ledgers) ledger.isLost = true;
    const one = claim('requests', 9);
    const calls = Array.from({ length: 40 }, (_, index) =>
      take(index % 2 === 0 ? first : second, [one]),
    );
    const results = await Promise.all(calls);
    expect(admitted(results)).toBeGreaterThanOrEqual(2);
    expect(admitted(results)).toBeLessThanOrEqual(9);
    for (const ledger of ledgers) ledger.isLost = false;
    await eventually(async () => {
      const found = await replica().look([{ ...one, amount: 9 - admitted(results) + 1 }]);
      expect(found).toMatchObject({ remaining: 9 - admitted(results) });
    }, 5_000);
  });

  it('refuse a request that is larger than the whole limit, and count nothing of it', async () => {
    const [first, second] = [replica(), replica()];
    const { refusal } = await take(first, [claim('tokens', 10, 11)]);
    expect(refusal).toMatchObject({ waitMs: null, remaining: 10 });
    expect(admitted([await take(second, [claim('tokens', 10, 10)])])).toBe(1);
  });
}
