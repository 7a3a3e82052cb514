import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDatabase, MIGRATIONS } from '#libs/database';

/** What the embedded database of a new data directory contains. */
export type EmbeddedContent = 'tables' | 'nothing';

/**
 * Returns a new data directory whose embedded database exists already; the caller removes it. Creating a database
 * takes some seconds, copying one a tenth of a second: the first test on a machine creates the original.
 * @param content `tables` has every migration behind it, `nothing` is for tests of the migrations themselves
 */
export async function embeddedDataDirectory(content: EmbeddedContent = 'tables'): Promise<string> {
  const original = await ensureOriginal(content);
  const copy = mkdtempSync(join(tmpdir(), 'gatehouse-data-'));
  cpSync(join(original, 'database'), join(copy, 'database'), { recursive: true });
  return copy;
}

async function ensureOriginal(content: EmbeddedContent): Promise<string> {
  const migrations = content === 'tables' ? MIGRATIONS : [];
  const original = join(tmpdir(), `gatehouse-embedded-${fingerprint(migrations)}`);
  if (existsSync(original)) return original;
  const draft = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-draft-'));
  const database = createDatabase(
    { databaseUrl: null, dataDir: draft },
    { entities: [], migrations },
  );
  database.start();
  await database.whenReady();
  // Two thirds of the files belong to these two, which only CREATE DATABASE reads. The cluster of a build lacks them.
  const templates = await database.read((manager) =>
    manager.query<{ name: string }[]>(
      'SELECT datname AS name FROM pg_database WHERE datistemplate',
    ),
  );
  for (const { name } of templates) {
    await database.read((manager) => manager.query(`ALTER DATABASE ${name} IS_TEMPLATE false`));
    await database.read((manager) => manager.query(`DROP DATABASE ${name}`));
  }
  await database.close();
  try {
    renameSync(draft, original);
  } catch {
    // Another test process was faster.
    rmSync(draft, { recursive: true, force: true });
  }
  return original;
}

const SOURCES = new URL('../../libs/database/src/migrations/', import.meta.url);

/** A change of the engine, of a migration or of what one imports needs another original. */
function fingerprint(migrations: typeof MIGRATIONS): string {
  const engine = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const hash = createHash('sha256').update(
    readFileSync(join(dirname(engine), '..', 'package.json')),
  );
  for (const migration of migrations) hash.update(String(migration));
  for (const name of readdirSync(SOURCES).toSorted())
    hash.update(readFileSync(new URL(name, SOURCES)));
  return hash.digest('hex').slice(0, 16);
}
