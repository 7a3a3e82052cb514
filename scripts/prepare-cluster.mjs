/**
 * Makes the data files that a new embedded database is a copy of. Each version of the engine makes them once per checkout.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/**
 * Writes the data files.
 * @param target directory that is made
 */
export async function prepareCluster(target) {
  const { version } = JSON.parse(
    readFileSync(join(modules, '@electric-sql/pglite/package.json'), 'utf8'),
  );
  const kept = join(modules, '.cache', `gatehouse-cluster-${version}`);
  if (!existsSync(kept)) await make(kept);
  cpSync(kept, target, { recursive: true });
}

async function make(path) {
  const draft = `${path}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(path, '..'), { recursive: true });
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create({ dataDir: draft });
  // Two thirds of the files belong to these two, which only CREATE DATABASE reads.
  for (const name of ['template0', 'template1']) {
    await database.exec(`ALTER DATABASE ${name} IS_TEMPLATE false`);
    await database.exec(`DROP DATABASE ${name}`);
  }
  await database.close();
  openModes(draft);
  renameSync(draft, path);
}

/** The files of an image belong to another user than the one who copies them. */
function openModes(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openModes(path);
    else chmodSync(path, 0o644);
  }
}
