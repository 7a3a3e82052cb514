import { poolExtra, type Backend, type PoolProfile, type PostgresOptions } from './backend.js';

const CONNECT_TIMEOUT_MS = 2000;

/** A PostgreSQL server, shared with other replicas. */
export class PostgresqlBackend implements Backend {
  readonly kind = 'postgresql';
  readonly isShared = true;

  /** @param url address with credentials; never logged */
  constructor(readonly url: string) {}

  /** Nothing to claim: the server keeps order among its clients. */
  acquire(): void {
    return;
  }

  /** Nothing to start: the server is somebody else's. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Connection options of a pool.
   * @param profile how the pool behaves
   */
  options(profile: PoolProfile): PostgresOptions {
    return {
      type: 'postgres',
      url: this.url,
      applicationName: `gatehouse ${profile.name}`,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      poolSize: profile.size,
      extra: poolExtra(profile),
    };
  }

  /** Nothing to give back. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
