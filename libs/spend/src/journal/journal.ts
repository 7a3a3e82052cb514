import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { JournalHome } from './journal-home.js';
import { encodeRecord, storable, type JournalRecord } from './journal-record.js';
import { OWNER_HEARTBEAT_MS } from './process-owner.js';
import { frameOf } from './record-frame.js';
import { SegmentWriter, type Durability, type SegmentOptions } from './segment-writer.js';
import {
  readSegment,
  removeJournal,
  segmentPath,
  type JournalPosition,
  type PlacedRecord,
} from './segments.js';

/** Location and size limits of a journal. */
export interface JournalOptions {
  /** Directory of this process alone; made with the first record. */
  readonly directory: string;
  /** A segment that has reached this size is followed by a new one, default 8 MiB. */
  readonly segmentBytes?: number;
  /** Above this, {@link Journal.isFull}; default 1 GiB, which is over a million calls. */
  readonly limitBytes?: number;
  /** Awaited before segments are removed: makes durable what the database has taken over. */
  readonly beforeRemoval?: () => Promise<void>;
  /** What {@link Journal.append} waits for, default `process`. */
  readonly durability?: Durability;
  /** Makes and opens the file of a segment; default: on the local disk. */
  readonly openFile?: SegmentOptions['openFile'];
  /** How often the owner shows that it lives, default 20 seconds. */
  readonly heartbeatMs?: number;
}

/** Told about every record that has become durable, in the order of the journal. */
export type DurableListener = (records: readonly PlacedRecord[]) => void;

interface Waiting {
  readonly record: JournalRecord;
  readonly frame: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const SEGMENT_BYTES = 8 * 1024 * 1024;
const LIMIT_BYTES = 1024 * 1024 * 1024;
const RETRY_AFTER_SECONDS = 5;

/**
 * The spend journal of this process: append-only segments of checksummed records on the local disk.
 *
 * Commits are grouped: everything that waits is written with one write and, with the durability `disk`,
 * synced with one `fdatasync`, then all of its promises resolve. With `process` the file is synced in the
 * background at least every 100 ms while it is written to. A segment is removed only after everything in it
 * and before it has been committed to the database, oldest first, so that what is left can be replayed
 * at any time: no release without its intent.
 */
export class Journal {
  private readonly logger = new Logger('SpendJournal');
  private readonly segmentBytes: number;
  private readonly limitBytes: number;
  private readonly home: JournalHome;
  private waiting: Waiting[] = [];
  private listener: DurableListener = () => undefined;
  private writing: Promise<void> | null = null;
  private writer: SegmentWriter | null = null;
  private writerHome = 0;
  private removal: Promise<void> | null = null;
  private lastSegment = 0;
  private committedTo: JournalPosition = { segment: 0, offset: 0 };
  private readonly sizes = new Map<number, number>();
  private isSealed = false;
  private isClosed = false;

  constructor(private readonly options: JournalOptions) {
    this.segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    this.limitBytes = options.limitBytes ?? LIMIT_BYTES;
    this.home = new JournalHome(options.directory, options.heartbeatMs ?? OWNER_HEARTBEAT_MS);
  }

  /** Name of this process in journals and entries. */
  get processId(): string {
    return basename(this.options.directory);
  }

  /** Whether so much waits for the database that no further call may begin. */
  get isFull(): boolean {
    return this.sizeBytes > this.limitBytes;
  }

  /**
   * Why the next call could not be recorded, in words that name no path; `null` when it could. Writes
   * a probe to the disk, at most one a second, so that a failure is noticed without a call.
   */
  async problem(): Promise<string | null> {
    if (this.isFull) return 'it is full: too much waits for the database';
    return this.home.probe();
  }

  /** Bytes of all segments that have not been removed yet. */
  get sizeBytes(): number {
    let total = 0;
    for (const size of this.sizes.values()) total += size;
    return total;
  }

  /** Sets the listener that receives durable records, before their promises resolve. */
  onDurable(listener: DurableListener): void {
    this.listener = listener;
  }

  /**
   * Appends a record. Once this resolves it survives the process, and with `disk` the machine's power.
   * @param record the fact; text and numbers that no database could store are corrected
   * @throws GatehouseError `spend_journal_unavailable` when the disk does not take it,
   * `shutting_down` after {@link seal}
   */
  append(record: JournalRecord): Promise<void> {
    if (this.isSealed) return Promise.reject(new GatehouseError('shutting_down'));
    const stored = storable(record);
    const frame = frameOf(encodeRecord(stored));
    return new Promise((resolve, reject) => {
      this.waiting.push({ record: stored, frame, resolve, reject });
      this.writing ??= this.writeWaiting();
    });
  }

  /**
   * Notes that the database holds everything up to a position; segments before it are removed in
   * the background.
   * @param position end of the last record of the committed batch
   */
  committed(position: JournalPosition): void {
    this.committedTo = position;
    if (this.removal !== null || this.removable().length === 0) return;
    this.removal = this.removeCommitted().finally(() => {
      this.removal = null;
    });
  }

  /**
   * Reads records again that were not kept in memory.
   * @param from start of the first record
   * @param until end of the last one
   * @returns those of one segment, at least one unless nothing is left
   */
  async read(from: JournalPosition, until: JournalPosition): Promise<readonly PlacedRecord[]> {
    for (let segment = from.segment; segment <= until.segment; segment += 1) {
      const offset = segment === from.segment ? from.offset : 0;
      const end = segment === until.segment ? until.offset : undefined;
      const { records, damages } = await readSegment(
        this.options.directory,
        { segment, offset },
        end,
      );
      for (const damage of damages) this.logger.error(`damaged: ${JSON.stringify(damage)}`);
      if (records.length > 0) return records;
    }
    return [];
  }

  /** Takes no further record and waits until those that wait are durable or refused. Idempotent. */
  async seal(): Promise<void> {
    this.isSealed = true;
    await this.writing;
  }

  /**
   * Closes the files. What the database does not hold yet stays for the next process to adopt; where
   * it holds everything the directory is removed. What the disk refuses is logged. Idempotent.
   * @param isDrained whether the database holds every record
   */
  async close(isDrained: boolean): Promise<void> {
    await this.seal();
    if (this.isClosed) return;
    this.isClosed = true;
    await this.home.end();
    await this.removal;
    await this.writer?.close();
    this.writer = null;
    if (!this.home.wasMade) return;
    if (isDrained) await this.removeEverything();
    else await this.home.disown();
  }

  private async writeWaiting(): Promise<void> {
    // One turn of the queue, so that records that arrive together are committed together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        const placed = await this.writeGroup(group);
        this.home.written();
        this.listener(placed);
        for (const { resolve } of group) resolve();
      } catch (error) {
        this.home.refused(error);
        const refusal = notRecorded(error);
        this.logger.error(`cannot write: ${String(error)}`);
        for (const { reject } of group) reject(refusal);
      }
    }
    this.writing = null;
  }

  private async writeGroup(group: readonly Waiting[]): Promise<PlacedRecord[]> {
    const writer = await this.openWriter();
    const { segment } = writer;
    let offset = writer.size;
    await writer.append(Buffer.concat(group.map(({ frame }) => frame)));
    this.sizes.set(segment, writer.size);
    return group.map(({ record, frame }) => {
      const start = { segment, offset };
      offset += frame.length;
      return { record, start, end: { segment, offset } };
    });
  }

  private async openWriter(): Promise<SegmentWriter> {
    const { writer } = this;
    const isUsable = writer !== null && !writer.isBroken && writer.size < this.segmentBytes;
    await this.home.ensure();
    if (isUsable && this.writerHome === this.home.generation) return writer;
    await writer?.close();
    this.writer = null;
    // A disk that fails for a while must not leave an empty file for every attempt.
    if (writer?.size === 0) {
      await rm(segmentPath(this.options.directory, writer.segment), { force: true });
    }
    // Counted first: a segment that could not be opened properly is never tried again.
    this.lastSegment += 1;
    this.writerHome = this.home.generation;
    const { directory, durability = 'process', openFile } = this.options;
    this.writer = await SegmentWriter.create({
      directory,
      segment: this.lastSegment,
      durability,
      openFile,
      onLateFailure: (error) => {
        this.home.refused(error);
        this.logger.error(`cannot sync: ${String(error)}; a loss of power may lose spend`);
      },
    });
    return this.writer;
  }

  private removable(): number[] {
    return [...this.sizes.keys()]
      .filter((segment) => segment < this.committedTo.segment)
      .sort((a, b) => a - b);
  }

  private async removeCommitted(): Promise<void> {
    try {
      for (let segments = this.removable(); segments.length > 0; segments = this.removable()) {
        await this.options.beforeRemoval?.();
        for (const segment of segments) {
          await rm(segmentPath(this.options.directory, segment), { force: true });
          this.sizes.delete(segment);
        }
      }
    } catch (error) {
      // They are removed with the next commit, and replaying them meanwhile adds nothing.
      this.logger.warn(`cannot remove committed segments: ${String(error)}`);
    }
  }

  private async removeEverything(): Promise<void> {
    try {
      await this.options.beforeRemoval?.();
      await removeJournal(this.options.directory);
    } catch (error) {
      this.logger.warn(`the journal stays for the next start: ${String(error)}`);
      await this.home.disown();
    }
  }
}

function notRecorded(cause: unknown): GatehouseError {
  return new GatehouseError('spend_journal_unavailable', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}
