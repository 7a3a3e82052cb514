import type { EntityManager } from 'typeorm';
import type { ChangeFeed } from './change-feed.js';
import type { UnitOfWork } from './unit-of-work.js';

/**
 * The database of this process, embedded or PostgreSQL, behind one door.
 *
 * It connects, migrates and reconnects by itself in the background and for ever: a database that is
 * down never keeps the process from starting and never ends it. Meanwhile reads and writes fail with
 * `database_unavailable`, after a grace that covers a restart of the server (one second; five when embedded).
 */
export abstract class Database {
  /** Which kind it is. */
  abstract readonly kind: 'embedded' | 'postgresql';

  /** Tells about changed rows, see {@link ChangeFeed}. */
  abstract readonly changes: ChangeFeed;

  /** Whether it can be used now; from memory. */
  abstract isReady(): boolean;

  /** The reason why it cannot be used, without address or secret; `null` when it can. */
  abstract problem(): string | null;

  /** Host, port, database and user of a server, for logs and commands; `null` where there is no server. */
  place(): string | null {
    return null;
  }

  /**
   * Resolves when it turns out to belong to another program, with what is wrong and the remedy. Nothing was changed there.
   * It is looked at again and again all the same, in case the tables are removed.
   */
  whenRefused(): Promise<string> {
    return new Promise(() => undefined);
  }

  /**
   * Resolves when it cannot be used until an operator changes something, with what is wrong and the remedy. It is tried
   * again all the same.
   */
  whenProblemLasts(): Promise<string> {
    return new Promise(() => undefined);
  }

  /**
   * Resolves once it can be used.
   * @throws GatehouseError `database_unavailable` when it is closed before that
   */
  abstract whenReady(): Promise<void>;

  /**
   * Reads outside of a transaction: each query takes a connection of its own, so several may run side by side.
   * @param work reads alone, because it is repeated when a connection breaks
   * @throws GatehouseError `database_unavailable` (with `retryAfterSeconds`), or what the work throws
   */
  abstract read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;

  /**
   * One transaction. It is committed when the work resolves, and rolled back when it throws. Local
   * subscribers of the change feed have been told before this resolves.
   *
   * The work runs again when the transaction lost a race (40001, 40P01) or its connection broke
   * before the commit was sent, so it has no effects besides those through the unit, and awaits
   * nothing that uses the database otherwise.
   * @throws GatehouseError `database_unavailable` (with `retryAfterSeconds`), or what the work
   * throws. When the connection breaks during the commit its outcome is unknown and this throws.
   */
  abstract write<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T>;

  /**
   * Like {@link write}, over a small pool of its own with a longer time limit: for ledger flushes
   * and sweeps, which must not take connections from requests.
   * @throws GatehouseError `database_unavailable`, or what the work throws
   */
  abstract background<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T>;

  /**
   * Like {@link read}, over a small pool of its own with a time limit that is configured: a report takes no connection from a
   * request, and waits for its turn behind other reports. The embedded database has one session for everything.
   * @throws GatehouseError `report_timeout`, `database_unavailable`, or what the work throws
   */
  abstract report<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;

  /** Waits two seconds (five when embedded) for what is running, then closes every connection. Idempotent. */
  abstract close(): Promise<void>;
}
