import { Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { GatehouseError, isGatehouseError, within } from '#libs/common';
import type { CallIntent, CallOutcome, CallProgress, CallRef } from '../costs/call-records.js';
import type { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/journal-record.js';
import { storable } from '../journal/storable-record.js';
import type { Ledger } from '../ledger/ledger.js';
import type { LedgerFlusher } from '../ledger/ledger-flusher.js';
import type { SpendMaintenance } from './spend-maintenance.js';

/**
 * How long all waits of a shutdown for the database may take together. The journal is durable, so
 * what is not booked then is booked by the next process.
 */
const DRAIN_LIMIT_MS = 3_000;
/** Time that a flush waits for the records of dead processes. */
const ADOPTION_LIMIT_MS = 10_000;
const RETRY_AFTER_SECONDS = 5;

/** Parts of a {@link SpendRecorder}. */
export interface SpendRecorderParts {
  readonly journal: Journal;
  readonly flusher: LedgerFlusher;
  readonly ledger: Pick<Ledger, 'sweepProcess'>;
  readonly maintenance: Pick<SpendMaintenance, 'orphansBooked' | 'stop'>;
}

/**
 * `null` when a fact is durable in the journal, which is the rule with the durability `process`; else
 * what resolves when it is.
 */
export type Recorded = Promise<void> | null;

/**
 * The door through which calls are accounted for: {@link open} before an upstream can be reached,
 * {@link settle} before the last byte of the answer leaves, {@link release} when nothing was reached.
 *
 * Each is durable in the local journal when it has returned `null` or resolves, and in the database
 * within half a second.
 * While the database is down calls go on, until a gigabyte waits in the journal; then `open` refuses.
 */
export class SpendRecorder implements BeforeApplicationShutdown {
  private readonly logger = new Logger('SpendRecorder');
  private draining: Promise<void> | null = null;
  private isEverythingBooked = false;

  /** @param parts journal, flusher and adoption of this process */
  constructor(private readonly parts: SpendRecorderParts) {}

  /** Name of this process in entries. */
  get processId(): string {
    return this.parts.journal.processId;
  }

  /** Registers what is done before calls that have ended are booked. They are booked also when it fails. */
  beforeBooking(step: () => Promise<void>): void {
    this.parts.flusher.beforeBooking(step);
  }

  /**
   * Records that a call is about to be made. If its end is never recorded, the next process
   * books the expected amount as an estimate.
   * @param intent the model and the attribution; its key is new
   * @throws GatehouseError as a rejection: `spend_journal_unavailable` when it cannot be recorded or too
   * much waits for the database, `shutting_down` once {@link drained} was called; nothing may be called
   * then
   */
  open(intent: CallIntent): Recorded {
    if (this.draining !== null) return Promise.reject(new GatehouseError('shutting_down'));
    const { journal } = this.parts;
    if (!journal.isFull) return journal.append({ kind: 'intent', intent });
    return Promise.reject(
      new GatehouseError('spend_journal_unavailable', {
        message: 'Too much spend waits for the database. Try again shortly.',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      }),
    );
  }

  /**
   * The reason why the next call could not be recorded; `null` when it could. See {@link
   * Journal.problem}.
   */
  problem(): Promise<string | null> {
    return this.parts.journal.problem();
  }

  /**
   * Records how a call ended. Of several ends of one attempt the first counts.
   * @param ref the attempt of an intent
   * @param outcome tokens, cost, and where they come from
   * @throws GatehouseError as a rejection: `database_unavailable` when neither disk nor database take it
   * now; it is kept in memory and tried again
   */
  settle(ref: CallRef, outcome: CallOutcome): Recorded {
    return this.recordEnd({ kind: 'settlement', ref, outcome });
  }

  /**
   * Notes what an open call has relayed, for the case that its end is never recorded. Nothing waits for it, and a disk
   * that does not take it is found out by the record that follows.
   * @param ref the attempt of an intent
   */
  progress(ref: CallRef, progress: CallProgress): void {
    this.parts.journal.append({ kind: 'progress', ref, progress })?.catch(() => undefined);
  }

  /**
   * Records that nothing reached an upstream: the attempt leaves no entry and costs nothing.
   * @param ref the attempt of an intent
   * @throws GatehouseError as a rejection: `database_unavailable`, as {@link settle}
   */
  release(ref: CallRef): Recorded {
    return this.recordEnd({ kind: 'release', ref });
  }

  /**
   * Books everything that was recorded before the call, and at the start of a process also what dead
   * processes left, so that reads that follow see it.
   * @throws GatehouseError `database_unavailable`; nothing is lost
   */
  async flush(): Promise<void> {
    await within(ADOPTION_LIMIT_MS, this.parts.maintenance.orphansBooked());
    await this.parts.flusher.flush();
  }

  /**
   * {@link flush} for reads that prefer a spend that lags behind to an error: never rejects, and
   * logs a warning when not everything could be booked.
   * @returns whether everything that was recorded before the call is booked
   */
  async flushWithin(limitMs: number): Promise<boolean> {
    let reason = `not done after ${String(limitMs)} ms`;
    try {
      if (await within(limitMs, this.flush())) return true;
    } catch (error) {
      reason = String(error);
    }
    this.logger.warn(
      `spend is shown as the ledger has it, the latest is not booked yet: ${reason}`,
    );
    return false;
  }

  /**
   * Ends the accounting of this process: books what it can within three seconds and closes the
   * journal. What the database did not take stays on the disk for the next process. Idempotent; never
   * rejects.
   */
  drained(): Promise<void> {
    this.draining ??= this.drain();
    return this.draining;
  }

  /** Nest's hook, before the database closes: {@link drained}. */
  beforeApplicationShutdown(): Promise<void> {
    return this.drained();
  }

  private recordEnd(record: JournalRecord): Recorded {
    const written = this.parts.journal.append(record);
    return written === null ? null : this.writtenOrBooked(written, record);
  }

  private async writtenOrBooked(written: Promise<void>, record: JournalRecord): Promise<void> {
    try {
      await written;
    } catch (error) {
      if (!isGatehouseError(error, 'spend_journal_unavailable')) throw error;
      // The call was made, so its end must not be lost: a commit in the database is as durable.
      await this.parts.flusher.commitUnplaced(storable(record));
    }
  }

  private async drain(): Promise<void> {
    const { journal, flusher, maintenance } = this.parts;
    const deadline = performance.now() + DRAIN_LIMIT_MS;
    const leftMs = (): number => Math.max(0, deadline - performance.now());
    try {
      await within(leftMs(), maintenance.stop());
      // First as it is, so that calls which are being ended now can still be settled meanwhile.
      await within(leftMs(), flusher.flush());
      await journal.seal();
      await within(leftMs(), this.bookTheRest());
    } catch (error) {
      this.logger.warn(`spend stays in the journal for the next start: ${String(error)}`);
    }
    try {
      await journal.seal();
      await within(leftMs(), flusher.stop());
      await journal.close(this.isEverythingBooked && flusher.isDrained);
    } catch (error) {
      // A failure of the disk must not keep the database and the rest from closing.
      this.logger.error(`the journal could not be closed in good order: ${String(error)}`);
    }
  }

  /** The calls that are still open will never end, so what was expected of them is booked. */
  private async bookTheRest(): Promise<void> {
    const { journal, flusher, ledger } = this.parts;
    await flusher.flush();
    if (journal.sizeBytes > 0) await ledger.sweepProcess(journal.processId);
    this.isEverythingBooked = true;
  }
}
