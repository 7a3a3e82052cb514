import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { createToolDataSource } from '#libs/database';
import { TABLES } from './application/parts.js';

/*
 * Proves, on a new embedded database, that the migrations lead to the schema that the entities
 * describe and that each goes down and up again. Exits 1 and tells what differs if not.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-migrations-'));
const source = createToolDataSource({ databaseUrl: null, dataDir }, TABLES);
queryOneByOne(source);
let failures: string[];
try {
  await source.initialize();
  failures = await check();
} catch (error) {
  failures = [`failed: ${error instanceof Error ? error.message : String(error)}`];
} finally {
  if (source.isInitialized) await source.destroy();
}
rmSync(dataDir, { recursive: true, force: true });
process.stdout.write(
  failures.length === 0
    ? `The migrations equal the entities, and each goes down and up again.\n`
    : failures.map((line) => `${line}\n`).join(''),
);
process.exit(failures.length === 0 ? 0 : 1);

/** TypeORM reads the tables with several queries at once on one connection, which `pg` deprecates. */
function queryOneByOne(source: DataSource): void {
  const create = source.createQueryRunner.bind(source);
  source.createQueryRunner = (mode) => {
    const runner = create(mode);
    const query = runner.query.bind(runner);
    let last: Promise<unknown> = Promise.resolve();
    runner.query = async <T>(...parts: Parameters<typeof query>): Promise<T> => {
      const result = last.then(() => query(...parts) as Promise<T>);
      last = result.catch(() => null);
      return result;
    };
    return runner;
  };
}

async function check(): Promise<string[]> {
  const failures: string[] = [];
  const { length } = await source.runMigrations();
  failures.push(...(await differences('after all migrations')));
  for (let depth = 1; depth <= length; depth += 1) {
    for (let count = 0; count < depth; count += 1) await source.undoLastMigration();
    if (depth === length) failures.push(...(await remains()));
    await source.runMigrations();
    failures.push(...(await differences(`after ${String(depth)} down and up again`)));
  }
  return failures;
}

/** Returns the changes that TypeORM would still make: none when migrations and entities agree. */
async function differences(when: string): Promise<string[]> {
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => `${when}, the entities want: ${query}`);
}

/** Returns what is left when every migration is undone, besides the list of migrations. */
async function remains(): Promise<string[]> {
  const rows = await source.query<{ name: string }[]>(
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'
       AND relname NOT LIKE 'gatehouse_migrations%'
     UNION ALL
     SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
  );
  return rows.map(({ name }) => `left after every migration went down: ${name}`);
}
