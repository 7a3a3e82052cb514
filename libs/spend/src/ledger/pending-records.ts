import type { JournalRecord } from '../journal/journal-record.js';
import type { JournalPosition, PlacedRecord } from '../journal/segments.js';

/** A record on its way into the ledger; `end` is `null` for one that the journal could not take. */
export interface PendingRecord {
  readonly record: JournalRecord;
  readonly end: JournalPosition | null;
}

/** Reads records again from the journal, see `Journal.read`. */
export type ReadAgain = (
  from: JournalPosition,
  until: JournalPosition,
) => Promise<readonly PlacedRecord[]>;

interface Spill {
  from: JournalPosition;
  until: JournalPosition;
  count: number;
}

/** Some 10 MB: what a second or two of full load makes. */
const MEMORY_LIMIT = 10_000;

/**
 * The records that the ledger does not hold yet, in the order of the journal, in bounded memory:
 * beyond a limit only the place in the journal is kept, and the records are read again when their
 * turn comes.
 */
export class PendingRecords {
  private kept: PendingRecord[] = [];
  private spill: Spill | null = null;
  /** Not in the journal, so they cannot be read again; they come last, behind their intents. */
  private unplaced: PendingRecord[] = [];

  /**
   * @param readAgain reads a stretch of the journal
   * @param limit records kept in memory
   */
  constructor(
    private readonly readAgain: ReadAgain,
    private readonly limit: number = MEMORY_LIMIT,
  ) {}

  /** Number of waiting records. */
  get count(): number {
    return this.kept.length + (this.spill?.count ?? 0) + this.unplaced.length;
  }

  /**
   * Adds records that have become durable.
   * @param records in the order of the journal
   */
  push(records: readonly PlacedRecord[]): void {
    for (const record of records) {
      if (this.spill !== null) {
        this.spill.until = record.end;
        this.spill.count += 1;
      } else if (this.kept.length < this.limit) {
        this.kept.push(record);
      } else {
        this.spill = { from: record.start, until: record.end, count: 1 };
      }
    }
  }

  /** Adds a record that the journal could not take. */
  pushUnplaced(record: JournalRecord): void {
    this.unplaced.push({ record, end: null });
  }

  /** Tells whether a record of {@link pushUnplaced} still waits. */
  holdsUnplaced(record: JournalRecord): boolean {
    return this.unplaced.some((pending) => pending.record === record);
  }

  /**
   * Removes and returns the oldest records.
   * @param most how many at most
   */
  async take(most: number): Promise<PendingRecord[]> {
    if (this.kept.length === 0 && this.spill !== null) await this.refill(this.spill);
    if (this.kept.length > 0) return this.kept.splice(0, most);
    return this.spill === null ? this.unplaced.splice(0, most) : [];
  }

  private async refill(spill: Spill): Promise<void> {
    const { until, count } = spill;
    const records = await this.readAgain(spill.from, until);
    // Without any record the whole stretch was unreadable, which the reader has reported.
    const reached = records.at(-1)?.end ?? until;
    this.kept.push(...records);
    // Records that became durable meanwhile have moved the end of the spill on.
    if (isSame(reached, spill.until)) {
      this.spill = null;
    } else {
      spill.from = reached;
      spill.count = Math.max(0, spill.count - (records.length === 0 ? count : records.length));
    }
  }
}

function isSame(a: JournalPosition, b: JournalPosition): boolean {
  return a.segment === b.segment && a.offset === b.offset;
}
