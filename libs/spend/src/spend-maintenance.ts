import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Clock } from '#libs/common';
import type { Database } from '#libs/database';
import { adoptOrphans, type AdoptionOptions } from './journal/orphan-adoption.js';
import type { Ledger } from './ledger/ledger.js';
import { ensurePartitions } from './ledger/partitions.js';

/** Parts of a {@link SpendMaintenance}. */
export interface SpendMaintenanceParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly adoption: AdoptionOptions;
}

const INTERVAL_MS = 60_000;
/** After a failure, sooner. */
const RETRY_MS = 5_000;
const PARTITIONS_INTERVAL_MS = 24 * 3_600_000;
const SWEEP_INTERVAL_MS = 3_600_000;
/** No call lasts so long; an entry that is open after it belongs to a process whose disk is gone. */
const LEASE_MS = 24 * 3_600_000;

/**
 * What the ledger needs from time to time: partitions ahead of the calendar (at start and daily), the
 * journals of dead processes (at start and every minute), and an end for calls whose journal is lost
 * (hourly, after a day).
 */
export class SpendMaintenance implements OnApplicationBootstrap {
  private readonly logger = new Logger('SpendMaintenance');
  private readonly stopping = new AbortController();
  private readonly firstRound = Promise.withResolvers<undefined>();
  private round: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private partitionsDueMs = 0;
  private sweepDueMs = 0;

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
    await this.runRound();
  }

  private async runRound(): Promise<void> {
    let delayMs = INTERVAL_MS;
    try {
      await this.maintain();
    } catch (error) {
      delayMs = RETRY_MS;
      this.logger.warn(`maintenance of the ledger failed, trying again: ${String(error)}`);
    }
    this.firstRound.resolve(undefined);
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.round = this.runRound();
    }, delayMs);
    this.timer.unref();
  }

  private async maintain(): Promise<void> {
    const { database, clock, ledger, adoption } = this.parts;
    const nowMs = clock.nowMs();
    if (nowMs >= this.partitionsDueMs) {
      await ensurePartitions(database, clock.now());
      this.partitionsDueMs = nowMs + PARTITIONS_INTERVAL_MS;
    }
    await adoptOrphans(adoption, this.stopping.signal);
    if (nowMs >= this.sweepDueMs) {
      await ledger.sweepStartedBefore(new Date(nowMs - LEASE_MS));
      this.sweepDueMs = nowMs + SWEEP_INTERVAL_MS;
    }
  }
}
