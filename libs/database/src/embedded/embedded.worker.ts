/*
 * The embedded database itself, in a thread of its own so that it never blocks the request loop.
 *
 * Written in TypeScript that Node can run by stripping the types, because tests start it from source;
 * it imports packages only. Errors here are left uncaught on purpose: the thread ends, and the
 * engine on the other side starts a fresh one rather than trusting a damaged one.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

/** The 128 MB of buffers that are usual would be touched, and kept, before long; the system caches the files anyway. */
const SPARING = ['-c', 'shared_buffers=16MB'];

interface Request {
  readonly id: number;
  /** Absent: close the database. */
  readonly group?: Uint8Array;
}

const { directory, prepared } = workerData as { directory: string; prepared: string | null };
const port = parentPort;
if (port === null) throw new Error('embedded.worker runs as a worker thread only');

if (!existsSync(join(directory, 'PG_VERSION'))) {
  await create(directory);
  // Creating takes memory that only the end of the thread gives back: the engine opens the database in another one.
  if (prepared === null) process.exit(0);
}
const database = await PGlite.create({
  dataDir: directory,
  startParams: [...PGlite.defaultStartParams, ...SPARING],
});

port.on('message', (request: Request) => {
  void answer(request);
});
port.postMessage({ id: 0 });

/**
 * A directory appears under its name only when it is complete: a process that is killed while the
 * database is created leaves nothing that looks like one.
 */
async function create(path: string): Promise<void> {
  const unfinished = `${path}.creating`;
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (prepared === null) {
    await (await PGlite.create({ dataDir: unfinished })).close();
  } else {
    cpSync(prepared, unfinished, { recursive: true });
  }
  chmodSync(unfinished, 0o700);
  renameSync(unfinished, path);
}

async function answer(request: Request): Promise<void> {
  if (request.group === undefined) {
    await database.close();
    port?.postMessage({ id: request.id });
    port?.close();
    return;
  }
  const { group } = request;
  // The copy leaves PGlite's own memory alone and can be handed over without copying again.
  const bytes = (await database.runExclusive(() => database.execProtocolRaw(group))).slice();
  port?.postMessage({ id: request.id, bytes }, [bytes.buffer]);
}
