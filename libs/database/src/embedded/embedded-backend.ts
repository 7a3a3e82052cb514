import {
  poolExtra,
  type Backend,
  type PoolProfile,
  type PostgresOptions,
} from '../connection/backend.js';
import { DataDirectoryLock } from './data-directory-lock.js';
import { embeddedDirectory } from './embedded-directory.js';
import { EmbeddedEngine } from './embedded-engine.js';
import { EmbeddedSession } from './embedded-session.js';
import { EmbeddedStream } from './embedded-stream.js';

/** More would only wait in another place: there is one session. */
const POOL_SIZE = 4;
/** Longer than a server's, because waiting for one's turn counts. */
const STATEMENT_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 15_000;
/** Tools connect without having opened the database, and a slow machine takes a while to create it. */
const TOOL_CONNECT_TIMEOUT_MS = 120_000;

/** The embedded database below a data directory. */
export class EmbeddedBackend implements Backend {
  readonly kind = 'embedded';
  readonly isShared = false;
  private readonly engine: EmbeddedEngine;
  private readonly session: EmbeddedSession;
  private lock: DataDirectoryLock | null = null;

  /**
   * @param dataDir data directory; the data files are in `database` below it
   * @param engine replaces the engine, for tests that end it
   */
  constructor(
    private readonly dataDir: string,
    engine: EmbeddedEngine = new EmbeddedEngine(embeddedDirectory(dataDir)),
  ) {
    this.engine = engine;
    this.session = new EmbeddedSession(engine);
  }

  /**
   * Locks the data directory.
   * @throws GatehouseError `database_unavailable` when another process holds it
   */
  acquire(): void {
    this.lock ??= DataDirectoryLock.acquire(this.dataDir);
  }

  /**
   * Opens the database, or opens it again after its thread was lost.
   * @param signal ends the thread while the database is created or opened: a new one appears under its name only when
   * it is complete, and an existing one recovers as after a crash
   */
  async start(signal: AbortSignal): Promise<void> {
    this.acquire();
    const giveUp = (): void => void this.engine.abandon();
    signal.addEventListener('abort', giveUp);
    try {
      await this.engine.start();
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /**
   * Connection options of a pool.
   * @param profile how the pool behaves
   */
  options(profile: PoolProfile): PostgresOptions {
    const statementTimeoutMs =
      profile.statementTimeoutMs === null
        ? null
        : Math.max(profile.statementTimeoutMs, STATEMENT_TIMEOUT_MS);
    return {
      type: 'postgres',
      // Named in full, so that no PGHOST, PGUSER or PGDATABASE of the environment has a say.
      host: 'embedded',
      port: 5432,
      username: 'postgres',
      password: 'none',
      database: 'postgres',
      ssl: false,
      applicationName: `gatehouse ${profile.name}`,
      connectTimeoutMS: statementTimeoutMs === null ? TOOL_CONNECT_TIMEOUT_MS : CONNECT_TIMEOUT_MS,
      poolSize: Math.min(profile.size, POOL_SIZE),
      extra: {
        ...poolExtra({ ...profile, statementTimeoutMs }),
        stream: () => this.connectStream(),
      },
    };
  }

  /** Closes the database, ends its thread and gives the directory free. */
  async close(): Promise<void> {
    await this.engine.close();
    this.lock?.release();
    this.lock = null;
  }

  private connectStream(): EmbeddedStream {
    this.acquire();
    return new EmbeddedStream(this.engine, this.session);
  }
}
