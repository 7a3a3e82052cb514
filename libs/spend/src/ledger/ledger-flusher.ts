import { Logger } from '@nestjs/common';
import { GatehouseError, isGatehouseError } from '#libs/common';
import type { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/journal-record.js';
import type { PlacedRecord } from '../journal/segments.js';
import { PendingRecords, type PendingRecord } from './pending-records.js';
import { bookRecords, type LedgerCommit } from './record-booking.js';

interface FlushWaiter {
  /** Resolved once this number of records has been dealt with. */
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const BATCH_RECORDS = 500;
const BATCH_INTERVAL_MS = 250;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Brings records from the journal into the ledger: a batch at 500 records or after 250 ms,
 * whichever comes first, one transaction each, one at a time, in the order of the journal.
 *
 * While the database is down the records stay in the journal and only the newest places are
 * remembered (`PendingRecords`); trying again backs off to five seconds.
 */
export class LedgerFlusher {
  private readonly logger = new Logger('SpendLedger');
  private readonly pending: PendingRecords;
  /** Taken from the pending ones and not committed yet. */
  private inHand: readonly PendingRecord[] = [];
  private accepted = 0;
  private finished = 0;
  private waiters: FlushWaiter[] = [];
  private readonly steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private next: NodeJS.Immediate | null = null;
  private pauseMs = 0;
  private isStopped = false;

  /** @param journal where the records come from */
  constructor(
    private readonly journal: Journal,
    private readonly ledger: LedgerCommit,
  ) {
    this.pending = new PendingRecords((from, until) => journal.read(from, until));
    journal.onDurable((records) => {
      this.accept(records);
    });
  }

  /** Registers what is done before each batch is booked. A batch is booked also when it fails. */
  beforeBooking(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /** Whether the ledger holds every record. */
  get isDrained(): boolean {
    return this.finished === this.accepted;
  }

  /**
   * Books everything that was recorded before the call.
   * @throws GatehouseError `database_unavailable` when an attempt fails; the records are kept and
   * tried again
   */
  flush(): Promise<void> {
    if (this.isDrained) return Promise.resolve();
    if (this.isStopped) return Promise.reject(new GatehouseError('shutting_down'));
    return new Promise((resolve, reject) => {
      this.waiters.push({ target: this.accepted, resolve, reject });
      this.run();
    });
  }

  /**
   * Books one record that the journal could not take.
   * @throws GatehouseError `database_unavailable` when it is neither in the journal nor in the
   * database; it is kept in memory and tried again
   */
  async commitUnplaced(record: JournalRecord): Promise<void> {
    this.pending.pushUnplaced(record);
    this.accepted += 1;
    // Records of the journal may go first, so one flush does not say that this one was among them.
    do await this.flush();
    while (this.pending.holdsUnplaced(record));
  }

  /** Ends the timers; what is running is finished, nothing is begun any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.next !== null) clearImmediate(this.next);
    await this.running;
    this.rejectWaiters(new GatehouseError('shutting_down'));
  }

  private accept(records: readonly PlacedRecord[]): void {
    this.pending.push(records);
    this.accepted += records.length;
    // After a failure the pause is kept, however much arrives.
    if (this.pending.count >= BATCH_RECORDS && this.pauseMs === 0) this.runNext();
    else this.schedule(this.pauseMs === 0 ? BATCH_INTERVAL_MS : this.pauseMs);
  }

  /** Not at once: the call whose record fills a batch must not wait until it is folded. */
  private runNext(): void {
    if (this.running !== null || this.isStopped) return;
    this.next ??= setImmediate(() => {
      this.next = null;
      this.run();
    });
  }

  private schedule(delayMs: number): void {
    if (this.timer !== null || this.running !== null || this.isStopped) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.run();
    }, delayMs);
    this.timer.unref();
  }

  private run(): void {
    if (this.running !== null || this.isStopped) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.running = this.commitAll().finally(() => {
      this.running = null;
      if (this.isDrained) return;
      if (this.pauseMs > 0) this.schedule(this.pauseMs);
      else if (this.waiters.length > 0) this.run();
      else this.schedule(BATCH_INTERVAL_MS);
    });
  }

  /** Goes on while there are full batches or waiting flushes; a rest is left for the timer. */
  private async commitAll(): Promise<void> {
    do {
      try {
        await this.commitBatch();
        this.pauseMs = 0;
      } catch (error) {
        this.failed(error);
        return;
      }
    } while (!this.isDrained && (this.waiters.length > 0 || this.pending.count >= BATCH_RECORDS));
  }

  private async commitBatch(): Promise<void> {
    if (this.inHand.length === 0) this.inHand = await this.pending.take(BATCH_RECORDS);
    const batch = this.inHand;
    await Promise.allSettled(this.steps.map((step) => step()));
    await bookRecords(
      this.ledger,
      batch.map(({ record }) => record),
      this.journal.processId,
    );
    this.inHand = [];
    // By what still waits rather than by addition, so that unreadable records are not waited for.
    this.finished = this.accepted - this.pending.count;
    const last = batch.findLast(({ end }) => end !== null)?.end ?? null;
    if (last !== null) this.journal.committed(last);
    const done = this.waiters.filter(({ target }) => target <= this.finished);
    this.waiters = this.waiters.filter(({ target }) => target > this.finished);
    for (const { resolve } of done) resolve();
  }

  private failed(error: unknown): void {
    if (this.pauseMs === 0) {
      this.logger.error(`cannot book spend now, it stays in the journal: ${String(error)}`);
    }
    this.pauseMs = Math.min(Math.max(this.pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.rejectWaiters(
      isGatehouseError(error)
        ? error
        : new GatehouseError('database_unavailable', { retryAfterSeconds: 2, cause: error }),
    );
  }

  private rejectWaiters(error: Error): void {
    const { waiters } = this;
    this.waiters = [];
    for (const { reject } of waiters) reject(error);
  }
}
