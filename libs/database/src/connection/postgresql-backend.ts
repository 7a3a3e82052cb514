import { poolExtra, type Backend, type PoolProfile, type PostgresOptions } from './backend.js';

import { driverAddress, placeInWords, resolveAddress } from './server-address.js';

const CONNECT_TIMEOUT_MS = 2000;

/** A PostgreSQL server, shared with other replicas. */
export class PostgresqlBackend implements Backend {
  readonly kind = 'postgresql';
  readonly isShared = true;

  private resolved: string | null = null;

  /** @param url address with credentials; never logged */
  constructor(private readonly url: string) {}

  /** The address for the driver, with credentials; never logged. Resolved by {@link start}. */
  get address(): string {
    return this.resolved ?? driverAddress(this.url, false);
  }

  /** The address of the server for the log. */
  get place(): string {
    return placeInWords(this.url);
  }

  /** Nothing to claim: the server keeps order among its clients. */
  acquire(): void {
    return;
  }

  /** Finds out whether the server offers TLS, where the address leaves that open. */
  async start(): Promise<void> {
    this.resolved = await resolveAddress(this.url);
  }

  /**
   * Connection options of a pool.
   * @param profile how the pool behaves
   */
  options(profile: PoolProfile): PostgresOptions {
    return {
      type: 'postgres',
      url: this.address,
      applicationName: `gatehouse ${profile.name}`,
      connectTimeoutMS: profile.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      poolSize: profile.size,
      extra: poolExtra(profile),
    };
  }

  /** Nothing to give back. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
