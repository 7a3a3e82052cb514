import { Logger } from '@nestjs/common';
import { within } from '#libs/common';
import type { Ledger } from '../ledger/ledger.js';

/** Parts of a {@link ProcessWatch}. */
export interface ProcessWatchParts {
  readonly ledger: Pick<Ledger, 'renewProcess' | 'sweepSilent'>;
  /** Name of this process in entries and leases. */
  readonly processId: string;
  /** How long a process counts as alive that is not heard of. */
  readonly leaseSeconds: () => number;
}

/** Rounds within a lease. Some may be missed. */
const ROUNDS = 6;
const LONGEST_ROUND_MS = 2_000;
const END_LIMIT_MS = 1_000;

/**
 * Shows the other processes that this one lives, and books the calls of those that are not heard of any more, which ends their
 * leases. A process whose rounds are late, because it was held up or had no database, leaves the others alone for a round:
 * they may have been held up like itself.
 */
export class ProcessWatch {
  private readonly logger = new Logger('ProcessWatch');
  private registering: Promise<void> | null = null;
  private isRegistered = false;
  private isEnded = false;
  private lastMs = -Infinity;
  private isFailing = false;
  private round: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;

  /** @param parts ledger and name of this process */
  constructor(private readonly parts: ProcessWatchParts) {}

  /**
   * Makes this process known before its first call is booked.
   * @throws GatehouseError `database_unavailable`
   */
  async register(): Promise<void> {
    if (this.isRegistered) return;
    this.registering ??= this.renew().finally(() => {
      this.registering = null;
    });
    await this.registering;
  }

  /** Begins the rounds. */
  start(): void {
    if (this.isEnded) return;
    this.timer = setTimeout(() => {
      this.round = this.runRound().then(() => {
        this.start();
      });
    }, this.roundMs);
    this.timer.unref();
  }

  /** Ends the rounds, and waits a second for one that runs. */
  async stop(): Promise<void> {
    this.isEnded = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await within(END_LIMIT_MS, this.round);
  }

  private async runRound(): Promise<void> {
    try {
      await this.renew();
      const nowMs = performance.now();
      const isLate = nowMs - this.lastMs > this.leaseMs / 2;
      this.lastMs = nowMs;
      if (!isLate) await this.parts.ledger.sweepSilent();
      this.isFailing = false;
    } catch (error) {
      this.lastMs = -Infinity;
      if (this.isFailing) return;
      this.isFailing = true;
      this.logger.warn(`cannot look after other processes now, trying again: ${String(error)}`);
    }
  }

  private async renew(): Promise<void> {
    await this.parts.ledger.renewProcess(this.parts.processId, this.parts.leaseSeconds());
    this.isRegistered = true;
  }

  private get leaseMs(): number {
    return this.parts.leaseSeconds() * 1_000;
  }

  private get roundMs(): number {
    return Math.min(this.leaseMs / ROUNDS, LONGEST_ROUND_MS);
  }
}
