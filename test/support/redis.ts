import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.js';

/** A real Redis or Valkey server of this test run, in a temporary directory, which keeps nothing on disk unless told to. */
export interface RedisServer {
  /** Its address, with its password. */
  readonly url: string;
  readonly port: number;
  /** Ends it as `kill -9` does and keeps it ended until {@link resume}. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with empty memory, or that of the last SAVE. */
  resume(): Promise<void>;
  /** The server process, for signals such as SIGSTOP. */
  pid(): number;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
}

/** The password of servers under test. */
export const REDIS_PASSWORD = 'redis-secret-of-tests';

const START_TIMEOUT_MS = 10_000;
const BINARY = binary();

/** Why there is no Redis on this machine, or `null` when there is one. */
const REDIS_MISSING: string | null =
  BINARY === null ? 'neither redis-server nor valkey-server on this machine' : null;

/** Starts a server of the machine's own binary on a free loopback port. */
async function startRedis(): Promise<RedisServer> {
  const root = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
  const port = Number(await freePort());
  let server = await launch(root, port);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://:${REDIS_PASSWORD}@127.0.0.1:${String(port)}`,
    port,
    kill,
    resume: async () => {
      server = await launch(root, port);
    },
    pid: () => server.pid ?? 0,
    stop: async () => {
      await kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/**
 * A group of tests that needs a real server, reported as skipped, with the reason, where there is none.
 * @param define defines the tests; given a function that returns the server once tests run
 */
export function describeWithRedis(name: string, define: (server: () => RedisServer) => void): void {
  const reason = REDIS_MISSING;
  describe(name, () => {
    if (reason !== null) {
      it.skip(`skipped: ${reason}`, () => undefined);
      return;
    }
    let server: RedisServer | null = null;
    beforeAll(async () => {
      server = await startRedis();
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

function binary(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return (
    ['redis-server', 'valkey-server']
      .flatMap((name) => folders.map((folder) => join(folder, name)))
      .find((path) => existsSync(path)) ?? null
  );
}

async function launch(root: string, port: number): Promise<ChildProcess> {
  if (BINARY === null) throw new Error(REDIS_MISSING ?? '');
  const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: root };
  const args = Object.entries({ ...options, requirepass: REDIS_PASSWORD }).flatMap(
    ([name, value]) => [`--${name}`, String(value)],
  );
  const server = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (server.exitCode !== null || performance.now() > deadline) {
      server.kill('SIGKILL');
      throw new Error(`Redis did not start:\n${log}`);
    }
  }
  return server;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => setTimeout(resolve, 20, false));
  });
}
