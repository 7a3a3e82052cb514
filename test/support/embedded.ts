import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDatabase } from '#libs/database';

/**
 * A data directory whose embedded database exists already. Creating one takes some seconds and half a
 * gigabyte, copying one a tenth of a second: the first test of a machine creates the original. It
 * holds no table, so every test still runs the migrations.
 * @returns path of the copy; the caller removes it
 */
export async function embeddedDataDirectory(): Promise<string> {
  const original = await ensureOriginal();
  const copy = mkdtempSync(join(tmpdir(), 'gatehouse-data-'));
  cpSync(join(original, 'database'), join(copy, 'database'), { recursive: true });
  return copy;
}

async function ensureOriginal(): Promise<string> {
  const engine = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest = readFileSync(join(dirname(engine), '..', 'package.json'));
  const version = createHash('sha256').update(manifest).digest('hex').slice(0, 16);
  const original = join(tmpdir(), `gatehouse-embedded-${version}`);
  if (existsSync(original)) return original;
  const draft = mkdtempSync(join(tmpdir(), 'gatehouse-embedded-draft-'));
  const database = createDatabase(
    { databaseUrl: null, dataDir: draft },
    { entities: [], migrations: [] },
  );
  database.start();
  await database.whenReady();
  await database.close();
  try {
    renameSync(draft, original);
  } catch {
    // Another test process was faster.
    rmSync(draft, { recursive: true, force: true });
  }
  return original;
}
