import { Logger } from '@nestjs/common';
import pg from 'pg';
import { isGatehouseError } from '#libs/common';
import { describeWithPostgres } from '#support/postgres';
import type { ChangeTopic } from './change-feed.js';
import { CreateChangeVersions1700000000001 } from './migrations/1700000000001-create-change-versions.js';
import { createDatabase } from './open-database.js';
import type { ReconnectingDatabase } from './reconnecting-database.js';

const CONTENT = { entities: [], migrations: [CreateChangeVersions1700000000001] };

beforeAll(() => {
  Logger.overrideLogger(false);
});

/** Waits for a condition; the test's own time limit ends the wait. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Without the notices to drop everything, which a replica may give at any time, for example when it begins to listen late. */
function idsOf(heard: readonly (string | null)[]): string[] {
  return heard.filter((id) => id !== null);
}

describeWithPostgres('replicas on one PostgreSQL', (server) => {
  const opened: ReconnectingDatabase[] = [];
  let url: string;

  beforeEach(async () => {
    url = await server().createDatabase();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
  });

  function replica(): ReconnectingDatabase {
    const database = createDatabase({ databaseUrl: url, dataDir: '' }, CONTENT);
    opened.push(database);
    database.start();
    return database;
  }

  /** Two replicas that listen already: each was told to drop everything. */
  async function twoReplicas(): Promise<[ReconnectingDatabase, ReconnectingDatabase]> {
    const both: [ReconnectingDatabase, ReconnectingDatabase] = [replica(), replica()];
    await Promise.all(both.flatMap((one) => [one.whenReady(), listening(one)]));
    return both;
  }

  function listening({ changes }: ReconnectingDatabase): Promise<void> {
    return new Promise((resolve) => {
      const leave = changes.subscribe('team', () => {
        leave();
        resolve();
      });
    });
  }

  function hear(database: ReconnectingDatabase, topic: ChangeTopic): (string | null)[] {
    const heard: (string | null)[] = [];
    database.changes.subscribe(topic, (id) => heard.push(id));
    return heard;
  }

  async function change(database: ReconnectingDatabase, ...ids: string[]): Promise<void> {
    await database.write(({ changed }) => {
      for (const id of ids) changed('team', id);
      return Promise.resolve();
    });
  }

  async function execute(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql);
    await client.end();
  }

  it('migrate at the same time without harm', async () => {
    const replicas = Array.from({ length: 4 }, replica);
    await Promise.all(replicas.map((database) => database.whenReady()));
    const rows = await replicas[0]?.read((manager) =>
      manager.query<unknown[]>('SELECT name FROM gatehouse_migrations'),
    );
    expect(rows).toEqual([{ name: 'CreateChangeVersions1700000000001' }]);
  });

  it('hear each other’s changes within a second, each id once and in order', async () => {
    const [first, second] = await twoReplicas();
    const own = hear(first, 'team');
    const others = hear(second, 'team');
    const begun = performance.now();
    await change(first, 'a');
    await change(first, 'b', 'c');
    await until(() => idsOf(others).length >= 3);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(idsOf(others)).toEqual(['a', 'b', 'c']);
    await change(second, 'd');
    await until(() => own.includes('d'));
    expect(idsOf(own)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('drop everything of a topic when a notice was lost, within a second', async () => {
    const [, second] = await twoReplicas();
    const heard = hear(second, 'user');
    const begun = performance.now();
    // What a change looks like when something between swallows its notice.
    await execute(`INSERT INTO change_versions VALUES ('user', 1)`);
    await until(() => heard.length > 0);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(idsOf(heard)).toEqual([]);
  });

  it('take many changes of one unit as a change of everything', async () => {
    const [first, second] = await twoReplicas();
    const heard = hear(second, 'team');
    await change(first, ...Array.from({ length: 101 }, (_, index) => String(index)));
    await until(() => heard.length > 0);
    expect(idsOf(heard)).toEqual([]);
  });

  it('drop everything when the listening connection breaks, and hear changes again', async () => {
    const [first, second] = await twoReplicas();
    const heard = hear(second, 'organization');
    await execute(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'gatehouse changes' AND datname = current_database()`);
    await until(() => heard.includes(null));
    const teams = hear(second, 'team');
    await change(first, 'again');
    await until(() => teams.includes('again'));
  });

  it('serve reads and writes that fall into a crash and restart of the server', async () => {
    const database = replica();
    await database.whenReady();
    await execute('CREATE TABLE marks (id int PRIMARY KEY)');
    const restarting = server().restart();
    const results: Promise<unknown>[] = [];
    for (let id = 0; id < 50; id += 1) {
      results.push(database.write((u) => u.manager.query('INSERT INTO marks VALUES ($1)', [id])));
      results.push(database.read((manager) => manager.query('SELECT 1')));
    }
    const settled = await Promise.allSettled(results);
    await restarting;
    await database.whenReady();
    for (const result of settled) {
      if (result.status === 'rejected') {
        expect(isGatehouseError(result.reason, 'database_unavailable')).toBe(true);
      }
    }
    await expect(database.read((manager) => manager.query('SELECT 1'))).resolves.toHaveLength(1);
  });

  it('start without a server, say so, fail at once, and recover when it comes', async () => {
    await server().halt();
    const database = replica();
    await until(() => database.problem()?.includes('ECONNREFUSED') ?? false);
    expect(database.isReady()).toBe(false);
    const refused = database.read((manager) => manager.query('SELECT 1'));
    await expect(refused).rejects.toMatchObject({ code: 'database_unavailable' });
    await server().resume();
    await database.whenReady();
    expect(database.problem()).toBeNull();
  });

  it('give up on a frozen server after seconds, and recover when it thaws', async () => {
    const database = replica();
    await database.whenReady();
    // The process of the connection is frozen as well as the one that accepts new ones.
    const rows = await database.read((manager) =>
      manager.query<{ pid: number }[]>(`SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() OR pid = pg_backend_pid()`),
    );
    const pids = [server().pid(), ...rows.map(({ pid }) => pid)];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      const begun = performance.now();
      const frozen = await Promise.allSettled(
        Array.from({ length: 30 }, () => database.read((manager) => manager.query('SELECT 1'))),
      );
      expect(performance.now() - begun).toBeLessThan(15_000);
      expect(frozen.every(({ status }) => status === 'rejected')).toBe(true);
      expect(database.isReady()).toBe(false);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    await database.whenReady();
  }, 40_000);

  it('answer a standing lock with database_unavailable and stay ready', async () => {
    const database = replica();
    await database.whenReady();
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE change_versions');
    const blocked = change(database, 'a');
    await expect(blocked).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(database.isReady()).toBe(true);
    await holder.end();
    await change(database, 'a');
  });
});
