import { randomUUID } from 'node:crypto';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { BackOff, GatehouseError, isGatehouseError, within, pause } from '#libs/common';
import type { Backend } from './connection/backend.js';
import { LocalChangeFeed } from './change-feed.js';
import type { DataSourceContent } from './connection/data-source.js';
import { Database } from './database.js';
import { LinkState } from './connection-state.js';
import { ForeignDatabaseError, migrate, UnsuitableServerError } from './migrate.js';
import {
  isConnectionLost,
  isRaceLost,
  isTimeLimit,
  isPoolBusy,
  isUnavailable,
  withoutValues,
} from './connection/postgres-errors.js';
import { PostgresqlBackend } from './connection/postgresql-backend.js';
import { ReplicaChanges } from './replica-changes.js';
import { closePools, openPools, type Pools } from './pools.js';
import { isLastingProblem, problemInWords } from './connection/server-problem.js';
import { runUnit, type UnitOfWork, type UnitProgress } from './unit-of-work.js';

/** How long callers wait for recovery: a server restarts in a third of a second, the embedded one takes longer. */
const GRACE_MS = { postgresql: 1000, embedded: 5000 } as const;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** Attempts of one read or write over broken connections. */
const MAX_CONNECTION_ATTEMPTS = 3;
/** Attempts while all connections are in use, each of which waits two seconds for one: many first calls at once. */
const MAX_BUSY_ATTEMPTS = 3;
/** Attempts of one write that keeps losing races. */
const MAX_RACE_ATTEMPTS = 12;
const RACE_PAUSE_MS = 5;
/** Where no settings say otherwise. */
const DEFAULT_REPORT_TIMEOUT_MS = 10_000;
/** How long all waits of {@link Database.close} for what is running may take together. */
const CLOSE_TIMEOUT_MS = { postgresql: 2000, embedded: 5000 } as const;

/** {@link Database} over TypeORM, for both kinds of {@link Backend}. */
export class ReconnectingDatabase extends Database implements OnModuleInit, OnApplicationShutdown {
  override readonly kind: 'embedded' | 'postgresql';
  override readonly changes = new LocalChangeFeed();
  private readonly logger = new Logger('Database');
  private readonly link: LinkState;
  private readonly origin = randomUUID();
  private readonly stopping = new AbortController();
  private readonly replicas: ReplicaChanges | null;
  private readonly active = new Set<Promise<unknown>>();
  private readonly refused = Promise.withResolvers<string>();
  private readonly lasting = Promise.withResolvers<string>();
  private pools: Pools | null = null;
  private connecting: Promise<void> | null = null;
  private closing: Promise<void> | null = null;

  /**
   * @param backend where the database is
   * @param reportTimeoutMs longest statement of a report
   */
  constructor(
    private readonly backend: Backend,
    private readonly content: DataSourceContent,
    private readonly reportTimeoutMs: number = DEFAULT_REPORT_TIMEOUT_MS,
  ) {
    super();
    this.kind = backend.kind;
    this.link = new LinkState(GRACE_MS[backend.kind]);
    this.replicas =
      backend instanceof PostgresqlBackend
        ? new ReplicaChanges(
            () => backend.address,
            this.origin,
            this.changes,
            () => {
              this.look();
            },
          )
        : null;
  }

  /**
   * Claims the data directory, then connects in the background.
   * @throws GatehouseError `database_unavailable` when another process holds the embedded database
   */
  start(): void {
    this.backend.acquire();
    if (this.kind === 'embedded') {
      this.logger.log(
        'The embedded database is for trying out and small use; set DATABASE_URL for PostgreSQL.',
      );
    }
    this.connecting ??= this.connect();
  }

  /** Nest's hook: {@link start}. */
  onModuleInit(): void {
    this.start();
  }

  /** Nest's last hook, after everybody else has written what there was to write: {@link close}. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  override isReady(): boolean {
    return this.link.isReady;
  }

  override problem(): string | null {
    return this.link.problem;
  }

  override place(): string | null {
    return this.backend instanceof PostgresqlBackend ? this.backend.place : null;
  }

  override whenRefused(): Promise<string> {
    return this.refused.promise;
  }

  override whenProblemLasts(): Promise<string> {
    return this.lasting.promise;
  }

  override whenReady(): Promise<void> {
    return this.link.whenReady();
  }

  override read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.track(this.attempt((pools) => work(pools.foreground.manager)));
  }

  override write<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.track(this.transact('foreground', work));
  }

  override background<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.track(this.transact('background', work));
  }

  override report<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.track(
      this.attempt(async ({ reports }) => {
        try {
          return await work(reports.manager);
        } catch (error) {
          throw isTimeLimit(error) ? new GatehouseError('report_timeout', { cause: error }) : error;
        }
      }),
    );
  }

  override close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private transact<T>(pool: keyof Pools, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.attempt(async (pools, mayRepeat) => {
      const progress: UnitProgress = { isCommitSent: false, changes: [] };
      try {
        return await runUnit(pools[pool], this.origin, progress, work);
      } finally {
        mayRepeat.value = !progress.isCommitSent;
        // Also when the outcome of the commit is unknown: forgetting too much does no harm.
        if (progress.isCommitSent) {
          for (const { topic, id } of progress.changes) this.changes.deliver(topic, id);
        }
      }
    });
  }

  private async attempt<T>(
    run: (pools: Pools, mayRepeat: { value: boolean }) => Promise<T>,
  ): Promise<T> {
    for (let attempts = 1; ; attempts += 1) {
      await this.link.usable();
      if (this.pools === null) throw this.link.unavailable();
      const mayRepeat = { value: true };
      try {
        return await run(this.pools, mayRepeat);
      } catch (error) {
        await this.evaluate(error, attempts, mayRepeat.value);
      }
    }
  }

  /** Returns when the work should run again, else throws what the caller is to see. */
  private async evaluate(error: unknown, attempts: number, mayRepeat: boolean): Promise<void> {
    if (isGatehouseError(error)) throw error;
    if (isRaceLost(error)) {
      if (attempts >= MAX_RACE_ATTEMPTS) throw this.link.unavailable(withoutValues(error));
      await pause(Math.random() * RACE_PAUSE_MS * attempts, this.stopping.signal);
      return;
    }
    if (this.isOnlyBusy(error) && attempts < MAX_BUSY_ATTEMPTS) return;
    if (isConnectionLost(error)) {
      this.lose(error);
      if (mayRepeat && attempts < MAX_CONNECTION_ATTEMPTS) return;
    }
    if (isUnavailable(error)) throw this.link.unavailable(withoutValues(error));
    throw withoutValues(error);
  }

  private isOnlyBusy(error: unknown): boolean {
    return isPoolBusy(error) && this.link.isReady;
  }

  private lose(error: unknown): void {
    const problem = problemInWords(error);
    if (this.link.isReady) this.logger.error(`connection lost: ${problem}${this.at()}`);
    this.link.lost(`connection lost: ${problem}`);
    this.connecting ??= this.connect();
  }

  /** Looks whether the database still answers, when something else says that it may not. */
  private look(): void {
    const { pools } = this;
    if (pools === null || !this.link.isReady) return;
    pools.foreground.query('SELECT 1').catch((error: unknown) => {
      if (isConnectionLost(error)) this.lose(error);
    });
  }

  /** Tries until it works or everything is closed. */
  private async connect(): Promise<void> {
    const { signal } = this.stopping;
    const backOff = new BackOff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    let told = '';
    while (!signal.aborted) {
      try {
        await this.open();
        this.connecting = null;
        this.link.ready();
        this.logger.log(`connected (${this.kind})`);
        this.replicas?.start();
        return;
      } catch (error) {
        if (this.closing !== null) return;
        const isUnsuitable = error instanceof UnsuitableServerError;
        const problem = isUnsuitable ? error.message : `no connection: ${problemInWords(error)}`;
        this.link.lost(problem);
        if (problem !== told) this.logger.error(`${problem}${this.at()}; trying again`);
        told = problem;
        if (isUnsuitable || isLastingProblem(error)) this.lasting.resolve(problem);
        if (error instanceof ForeignDatabaseError) this.refused.resolve(error.message);
      }
      await backOff.wait(signal);
    }
  }

  private at(): string {
    const place = this.place();
    return place === null ? '' : ` (${place})`;
  }

  private async open(): Promise<void> {
    await this.backend.start(this.stopping.signal);
    if (this.pools !== null) {
      await this.pools.foreground.query('SELECT 1');
      return;
    }
    await migrate(this.backend, this.content.migrations, this.stopping.signal);
    const { backend, content, reportTimeoutMs } = this;
    const onPoolError = (): void => {
      this.look();
    };
    const options = { backend, content, reportTimeoutMs, onPoolError };
    this.pools = await openPools(options, () => this.closing === null);
  }

  private async track<T>(work: Promise<T>): Promise<T> {
    this.active.add(work);
    try {
      return await work;
    } finally {
      this.active.delete(work);
    }
  }

  private async shutDown(): Promise<void> {
    const deadline = performance.now() + CLOSE_TIMEOUT_MS[this.kind];
    const leftMs = (): number => Math.max(0, deadline - performance.now());
    // While the database is being connected, all active work only waits for the connection.
    if (this.connecting === null) await within(leftMs(), Promise.allSettled([...this.active]));
    this.stopping.abort();
    this.link.close();
    await within(leftMs(), Promise.allSettled([this.replicas?.stop(), this.connecting]));
    const { pools } = this;
    this.pools = null;
    if (pools !== null) await within(leftMs(), closePools(pools));
    await this.backend.close();
  }
}
