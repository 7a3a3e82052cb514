import { rmSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { Column, Entity, PrimaryColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { GatehouseError, isGatehouseError } from '#libs/common';
import { embeddedDataDirectory } from '#support/embedded';
import { POSTGRES_MISSING, startPostgres, type PostgresServer } from '#support/postgres';
import { CreateChangeVersions1700000000001 } from './migrations/1700000000001-create-change-versions.js';
import { createDatabase } from './open-database.js';
import { postgresErrorCode } from './connection/postgres-errors.js';
import type { ReconnectingDatabase } from './reconnecting-database.js';

@Entity({ name: 'accounts' })
class Account {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'numeric', precision: 38, scale: 12 })
  balanceUsd!: string;

  @Column({ type: 'bigint' })
  tokenCount!: string;

  @Column({ type: 'jsonb' })
  metadata!: object;

  @Column({ type: 'timestamptz' })
  openedAt!: Date;
}

class CreateAccounts1800000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE accounts (id text PRIMARY KEY, balance_usd numeric(38, 12) NOT NULL,
      token_count bigint NOT NULL, metadata jsonb NOT NULL, opened_at timestamptz NOT NULL)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE accounts');
  }
}

const CONTENT = {
  entities: [Account],
  migrations: [CreateChangeVersions1700000000001, CreateAccounts1800000000000],
};

function anAccount(id: string, more: Partial<Account> = {}): Account {
  return {
    id,
    balanceUsd: '0.000000000000',
    tokenCount: '0',
    metadata: {},
    openedAt: new Date(0),
    ...more,
  };
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return null;
  } catch (error) {
    return error;
  }
}

beforeAll(() => {
  Logger.overrideLogger(false);
});

describe.each(['embedded', 'postgresql'] as const)('Database on %s', (kind) => {
  if (kind === 'postgresql' && POSTGRES_MISSING !== null) {
    it.skip(`skipped: ${POSTGRES_MISSING}`, () => undefined);
    return;
  }

  let server: PostgresServer | null = null;
  let dataDir = '';
  let database: ReconnectingDatabase;

  beforeAll(async () => {
    if (kind === 'postgresql') server = await startPostgres();
    else dataDir = await embeddedDataDirectory('nothing');
    const databaseUrl = (await server?.createDatabase()) ?? null;
    database = createDatabase({ databaseUrl, dataDir }, CONTENT);
    database.start();
    await database.whenReady();
  }, 60_000);

  afterAll(async () => {
    await database.close();
    await server?.stop();
    if (dataDir !== '') rmSync(dataDir, { recursive: true, force: true });
  });

  it('is ready and has no problem to tell', () => {
    expect(database.kind).toBe(kind);
    expect(database.isReady()).toBe(true);
    expect(database.problem()).toBeNull();
  });

  it('keeps exact values: numeric and bigint as text, jsonb as objects, times to the millisecond', async () => {
    const account = anAccount('types', {
      balanceUsd: '12345678901234567890.123456789012',
      tokenCount: '9007199254740993',
      metadata: { nested: { list: [1, 'zwei', null, '\u{1F600}'] } },
      openedAt: new Date('2026-02-28T23:59:59.999Z'),
    });
    await database.write(({ manager }) => manager.insert(Account, account));
    expect(await database.read((manager) => manager.findOneBy(Account, { id: 'types' }))).toEqual(
      account,
    );
  });

  it('works in UTC in every time zone of the machine', async () => {
    const rows = await database.read((manager) =>
      manager.query<{ zone: string }[]>(`SELECT current_setting('TimeZone') AS zone`),
    );
    expect(rows).toEqual([{ zone: 'UTC' }]);
  });

  it('keeps nothing of a unit that throws, and throws what it threw', async () => {
    const refusal = new GatehouseError('not_found');
    const unit = database.write(async ({ manager }) => {
      await manager.insert(Account, anAccount('rolled back'));
      throw refusal;
    });
    expect(await failureOf(unit)).toBe(refusal);
    expect(await database.read((m) => m.existsBy(Account, { id: 'rolled back' }))).toBe(false);
  });

  it('hides a transaction from everybody else until it is committed', async () => {
    let seenDuring = false;
    let beginReading = (): void => undefined;
    const mayRead = new Promise<void>((resolve) => (beginReading = resolve));
    const writing = database.write(async ({ manager }) => {
      await manager.insert(Account, anAccount('hidden'));
      beginReading();
      await new Promise((resolve) => setImmediate(resolve));
      await manager.update(Account, { id: 'hidden' }, { tokenCount: '7' });
    });
    await mayRead;
    const reading = database.read((m) => m.findOneBy(Account, { id: 'hidden' }));
    seenDuring = (await Promise.all([reading, writing]))[0]?.tokenCount === '0';
    expect(seenDuring).toBe(false);
  });

  it('reports a duplicate by name, without the values that were bound', async () => {
    const twice = database.write(async ({ manager }) => {
      await manager.insert(Account, anAccount('duplicate', { metadata: { email: 'a@b.example' } }));
      await manager.insert(Account, anAccount('duplicate', { metadata: { email: 'a@b.example' } }));
    });
    const error = await failureOf(twice);
    expect(postgresErrorCode(error)).toBe('23505');
    expect(JSON.stringify(error)).not.toContain('a@b.example');
  });

  it('does not pretend to have committed when a failure inside was swallowed', async () => {
    const unit = database.write(async ({ manager }) => {
      await manager.insert(Account, anAccount('swallowed'));
      await failureOf(manager.query('SELECT 1/0'));
    });
    expect(String(await failureOf(unit))).toContain('nothing was committed');
    expect(await database.read((m) => m.existsBy(Account, { id: 'swallowed' }))).toBe(false);
  });

  it('loses no increment of 100 read-modify-write transactions of 20 concurrent clients, a fifth of them refused', async () => {
    await database.write(({ manager }) => manager.insert(Account, anAccount('counter')));
    const increment = (isRefused: boolean) =>
      database.write(async ({ manager }) => {
        const account = await manager.findOneOrFail(Account, {
          where: { id: 'counter' },
          lock: { mode: 'pessimistic_write' },
        });
        const tokenCount = String(BigInt(account.tokenCount) + 1n);
        await manager.update(Account, { id: 'counter' }, { tokenCount });
        if (isRefused) throw new Error('refused');
      });
    // One after the other per client: all 100 at once could wait longer for a connection than a call may.
    const results = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const failures: unknown[] = [];
        for (let index = 0; index < 5; index += 1) {
          failures.push(await failureOf(increment(index === 0)));
        }
        return failures;
      }),
    );
    const expected = [new Error('refused'), null, null, null, null];
    expect(results).toEqual(Array.from({ length: 20 }, () => expected));
    const account = await database.read((m) => m.findOneByOrFail(Account, { id: 'counter' }));
    expect(account.tokenCount).toBe('80');
  });

  it('runs a unit again that lost a race', async () => {
    await database.write(({ manager }) => manager.insert(Account, anAccount('race')));
    let attempts = 0;
    await database.write(async ({ manager }) => {
      attempts += 1;
      if (attempts < 3) {
        await manager.query(`DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$`);
      }
      await manager.increment(Account, { id: 'race' }, 'tokenCount', 1);
    });
    const account = await database.read((m) => m.findOneByOrFail(Account, { id: 'race' }));
    expect([attempts, account.tokenCount]).toEqual([3, '1']);
  });

  it('tells local subscribers of committed changes before write resolves, and of no others', async () => {
    const heard: (string | null)[] = [];
    const leave = database.changes.subscribe('team', (id) => heard.push(id));
    await database.write(({ changed }) => {
      changed('team', 'committed');
      expect(heard).toEqual([]);
      return Promise.resolve();
    });
    expect(heard).toEqual(['committed']);
    await failureOf(
      database.write(({ changed }) => {
        changed('team', 'rolled back');
        return Promise.reject(new Error('refused'));
      }),
    );
    leave();
    expect(heard).toEqual(['committed']);
  });

  it('commits concurrent changes of the same and of crossing topics without deadlock', async () => {
    const units = Array.from({ length: 40 }, (_, index) =>
      database.write(({ changed }) => {
        const topics = ['team', 'user', 'membership'] as const;
        for (const topic of index % 2 === 0 ? topics : topics.toReversed()) changed(topic, 'x');
        return Promise.resolve();
      }),
    );
    await expect(Promise.all(units)).resolves.toHaveLength(40);
  });

  it('runs background work beside foreground work', async () => {
    const [seen] = await Promise.all([
      database.background(({ manager }) => manager.countBy(Account, { id: 'absent' })),
      database.read((manager) => manager.query('SELECT 1')),
    ]);
    expect(seen).toBe(0);
  });

  it('refuses a filter whose value is missing rather than matching every row', async () => {
    const missing = { id: undefined } as unknown as { id: string };
    expect(
      await failureOf(database.write((u) => u.manager.delete(Account, missing))),
    ).not.toBeNull();
    expect(await database.read((m) => m.count(Account))).toBeGreaterThan(0);
  });

  it('finds its schema in place when it is opened again, and refuses work once closed', async () => {
    const databaseUrl = kind === 'postgresql' ? ((await server?.createDatabase()) ?? '') : null;
    const own = kind === 'postgresql' ? '' : await embeddedDataDirectory('nothing');
    for (const id of ['first', 'second']) {
      const other = createDatabase({ databaseUrl, dataDir: own }, CONTENT);
      other.start();
      await other.whenReady();
      await other.write(({ manager }) => manager.insert(Account, anAccount(id)));
      await other.close();
      const refused = await failureOf(other.read((manager) => manager.query('SELECT 1')));
      expect(isGatehouseError(refused, 'database_unavailable')).toBe(true);
    }
    if (own !== '') rmSync(own, { recursive: true, force: true });
  });
});
