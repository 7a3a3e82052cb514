import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

/** A real PostgreSQL server of this test run, in a temporary directory. */
export interface PostgresServer {
  /** Address of the database `postgres`, as its superuser. */
  readonly url: string;
  /** Makes an empty database of its own and returns its address. */
  createDatabase(): Promise<string>;
  /** Crashes the server and starts it again on the same port, as `pg_ctl -m immediate restart` does. */
  restart(): Promise<void>;
  /** Stops the server at once and keeps it stopped until {@link resume}. */
  halt(): Promise<void>;
  /** Starts the server that was halted. */
  resume(): Promise<void>;
  /** The server process, for signals such as SIGSTOP. */
  pid(): number;
  /** Stops the server and removes its directory. */
  stop(): Promise<void>;
}

/** Why there is no PostgreSQL on this machine, or `null` when there is one. */
export const POSTGRES_MISSING: string | null =
  findBinaries() === null ? 'no PostgreSQL server on this machine' : null;

const START_TIMEOUT_MS = 20_000;
const run = promisify(execFile);

/**
 * Starts a server of the machine's own PostgreSQL binaries on a free loopback port, trusting every
 * connection and never syncing. Root's tests run it as another user, because PostgreSQL refuses root.
 * @returns `null` when the machine has no server binaries
 */
export async function startPostgres(): Promise<PostgresServer | null> {
  const binaries = findBinaries();
  if (binaries === null) return null;
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'));
  const user = unprivilegedUser();
  // The socket's address holds about 100 bytes, which the directory itself keeps within.
  chmodSync(root, 0o755);
  if (user !== null) chownSync(root, user.uid, user.gid);
  const data = join(root, 'data');
  await run('cp', ['-a', await ensureCluster(binaries, user), data], { cwd: root, ...user });
  const port = await freePort();
  const url = `postgresql://postgres@127.0.0.1:${String(port)}/postgres`;
  const start = () => launch({ binaries, root, data, port, user, url });
  let server = await start();
  const halt = async (): Promise<void> => {
    const ended = once(server, 'exit');
    server.kill('SIGQUIT');
    await ended;
  };
  const resume = async (): Promise<void> => {
    server = await start();
  };
  return {
    url,
    createDatabase: () => createDatabase(url),
    halt,
    resume,
    restart: async () => {
      await halt();
      await resume();
    },
    pid: () => server.pid ?? 0,
    stop: async () => {
      if (server.exitCode === null && server.signalCode === null) await halt();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/**
 * A group of tests that needs a real server, reported as skipped, with the reason, where there is none.
 * @param name name of the group
 * @param define defines the tests; given a function that returns the server once tests run
 */
export function describeWithPostgres(
  name: string,
  define: (server: () => PostgresServer) => void,
): void {
  const reason = POSTGRES_MISSING;
  if (reason !== null) {
    // A skipped group without a test would not be counted.
    describe(name, () => {
      it.skip(`skipped: ${reason}`, () => undefined);
    });
    return;
  }
  describe(name, () => {
    let server: PostgresServer | null = null;
    beforeAll(async () => {
      server = await startPostgres();
    }, START_TIMEOUT_MS * 2);
    afterAll(async () => {
      await server?.stop();
    });
    define(() => {
      if (server === null) throw new Error('the server is there only while tests run');
      return server;
    });
  });
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Returns the data directory that servers start from: copying one is ten times as fast as making one. */
async function ensureCluster(binaries: string, user: Account | null): Promise<string> {
  const { stdout: version } = await run(join(binaries, 'postgres'), ['--version']);
  const key = `${version} ${String(user?.uid)}`;
  const id = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const original = join(tmpdir(), `gatehouse-cluster-${id}`);
  if (existsSync(original)) return original;
  const draft = mkdtempSync(join(tmpdir(), 'gatehouse-cluster-draft-'));
  if (user !== null) chownSync(draft, user.uid, user.gid);
  await run(
    join(binaries, 'initdb'),
    ['-D', draft, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'],
    { cwd: draft, ...user },
  );
  try {
    renameSync(draft, original);
  } catch {
    // Another test process was faster.
    rmSync(draft, { recursive: true, force: true });
  }
  return original;
}

interface Launch {
  readonly binaries: string;
  readonly root: string;
  readonly data: string;
  readonly port: number;
  readonly user: Account | null;
  readonly url: string;
}

async function launch(options: Launch): Promise<ChildProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(options.port),
    unix_socket_directories: options.root,
    fsync: 'off',
    max_connections: '100',
  };
  const server = spawn(
    join(options.binaries, 'postgres'),
    [
      '-D',
      options.data,
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    { cwd: options.root, stdio: ['ignore', 'ignore', 'pipe'], ...options.user },
  );
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(options.url))) {
    if (server.exitCode !== null || performance.now() > deadline) {
      server.kill('SIGKILL');
      throw new Error(`PostgreSQL did not start:\n${log}`);
    }
  }
  return server;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  return url.replace(/postgres$/, name);
}

/** The directory with `postgres` and `initdb`: the newest of Debian's, else that of the PATH. */
function findBinaries(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = listDirectory(debian).sort((a, b) => Number(b) - Number(a));
  const candidates = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return (
    candidates.find((path) =>
      ['postgres', 'initdb'].every((name) => isExecutable(join(path, name))),
    ) ?? null
  );
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function unprivilegedUser(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = ['postgres', 'nobody']; // quoted
  for (const name of accounts) {
    const uid = numericId(name, '-u');
    const gid = numericId(name, '-g');
    if (uid !== null && gid !== null) return { uid, gid };
  }
  return { uid: 65_534, gid: 65_534 };
}

function numericId(name: string, flag: '-u' | '-g'): number | null {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout.trim()) : null;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
