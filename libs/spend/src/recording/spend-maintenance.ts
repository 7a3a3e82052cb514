import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '#libs/common';
import type { Database } from '#libs/database';
import type { ProcessWatch } from './process-watch.js';
import { adoptOrphans, type AdoptionOptions } from './orphan-adoption.js';
import type { Ledger } from '../ledger/ledger.js';
import { forgetClosedWindows } from '../ledger/closed-windows.js';
import { ensurePartitions } from '../ledger/partitions.js';

/** Parts of a {@link SpendMaintenance}. */
export interface SpendMaintenanceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'sweepStartedBefore'>;
  readonly adoption: AdoptionOptions;
  readonly watch: Pick<ProcessWatch, 'start' | 'stop'>;
}

const INTERVAL_MS = 60_000;
/** After a failure, sooner. */
const RETRY_MS = 5_000;
const PARTITIONS_INTERVAL_MS = 24 * 3_600_000;
/** A window that is needed again is added up again. */
const CLOSED_WINDOWS_MS = 2 * 24 * 3_600_000;
const SWEEP_INTERVAL_MS = 3_600_000;
/** Longer than any call lasts. */
const LEASE_MS = 24 * 3_600_000;

/**
 * What the ledger needs from time to time: partitions ahead of the calendar (at start and daily), the
 * journals of dead processes (at start and every minute), an end for calls of processes that are not heard of any more ({@link
 * ProcessWatch}), and one for calls of which not even the process is known (hourly, after a day). Windows of budgets that closed two days ago are removed hourly.
 */
export class SpendMaintenance implements OnApplicationBootstrap {
  private readonly logger = new Logger('SpendMaintenance');
  private readonly stopping = new AbortController();
  private readonly firstRound = Promise.withResolvers<undefined>();
  private round: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private partitionsDueMs = 0;
  private sweepDueMs = 0;
  private windowsDueMs = 0;

  /** @param parts database, ledger and journals */
  constructor(private readonly parts: SpendMaintenanceParts) {}

  /** Nest's hook: {@link start}. */
  onApplicationBootstrap(): void {
    this.start();
  }

  /** Begins as soon as the database is there. */
  start(): void {
    if (this.round !== null || this.stopping.signal.aborted) return;
    this.round = this.firstStart();
  }

  /**
   * Resolves when the orphans that were there at the start have been booked. Resolves at once when
   * that cannot be, because the database is away or maintenance was not started.
   */
  async orphansBooked(): Promise<void> {
    if (this.round !== null && this.parts.database.isReady()) await this.firstRound.promise;
  }

  /** Ends the rounds; one that runs ends after its batch. Idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    await this.parts.watch.stop();
    this.firstRound.resolve(undefined);
    // Before the first round the database may never come, and nothing is being done.
    if (this.parts.database.isReady()) await this.round;
  }

  private async firstStart(): Promise<void> {
    try {
      await this.parts.database.whenReady();
    } catch {
      // Closed before it was ever there.
      return;
    }
    this.parts.watch.start();
    await this.runRound();
  }

  private async runRound(): Promise<void> {
    const isComplete = await this.maintain();
    this.firstRound.resolve(undefined);
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(
      () => {
        this.round = this.runRound();
      },
      isComplete ? INTERVAL_MS : RETRY_MS,
    );
    this.timer.unref();
  }

  /** Each task by itself, so that none is kept from its turn by one that fails for ever. */
  private async maintain(): Promise<boolean> {
    const nowMs = this.parts.clock.nowMs();
    const tasks = [
      () => this.makePartitions(nowMs),
      () => adoptOrphans(this.parts.adoption, this.stopping.signal),
      () => this.sweep(nowMs),
      () => this.forgetWindows(nowMs),
    ];
    let isComplete = true;
    for (const task of tasks) {
      try {
        await task();
      } catch (error) {
        isComplete = false;
        this.logger.warn(`maintenance of the ledger failed, trying again: ${String(error)}`);
      }
    }
    return isComplete;
  }

  private async makePartitions(nowMs: number): Promise<void> {
    if (nowMs < this.partitionsDueMs) return;
    await ensurePartitions(this.parts.database, new Date(nowMs));
    this.partitionsDueMs = nowMs + PARTITIONS_INTERVAL_MS;
  }

  private async forgetWindows(nowMs: number): Promise<void> {
    if (nowMs < this.windowsDueMs) return;
    await forgetClosedWindows(this.parts.database, new Date(nowMs - CLOSED_WINDOWS_MS));
    this.windowsDueMs = nowMs + SWEEP_INTERVAL_MS;
  }

  private async sweep(nowMs: number): Promise<void> {
    if (nowMs < this.sweepDueMs || this.stopping.signal.aborted) return;
    await this.parts.ledger.sweepStartedBefore(new Date(nowMs - LEASE_MS));
    this.sweepDueMs = nowMs + SWEEP_INTERVAL_MS;
  }
}
