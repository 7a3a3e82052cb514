import { basename } from 'node:path';
import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { JournalHome } from './journal-home.js';
import type { JournalRecord } from './journal-record.js';
import { OWNER_HEARTBEAT_MS } from './process-owner.js';
import { frameOf, passingFrameOf } from './record-frame.js';
import { encodeStorable } from './record-json.js';
import { SegmentSequence } from './segment-sequence.js';
import type { Durability, SegmentOptions } from './segment-writer.js';
import { readSegment, removeJournal, type JournalPosition, type PlacedRecord } from './segments.js';

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
 * With the durability `process` a record is written by a plain call, and nothing is waited for; the file
 * is synced in the background at least every 100 ms while it is written to. With `disk` commits are
 * grouped: everything that waits is written with one write and synced with one `fdatasync`, then all of
 * its promises resolve. A segment is removed only after everything in it and before it has been committed
 * to the database, oldest first, so that what is left can be replayed at any time: no release without its
 * intent.
 */
export class Journal {
  private readonly logger = new Logger('SpendJournal');
  private readonly limitBytes: number;
  private readonly durability: Durability;
  private readonly home: JournalHome;
  private readonly segments: SegmentSequence;
  private waiting: Waiting[] = [];
  private listener: DurableListener = () => undefined;
  private writing: Promise<void> | null = null;
  private isSealed = false;
  private isClosed = false;

  constructor(private readonly options: JournalOptions) {
    const { directory, heartbeatMs = OWNER_HEARTBEAT_MS } = options;
    this.limitBytes = options.limitBytes ?? LIMIT_BYTES;
    this.durability = options.durability ?? 'process';
    this.home = new JournalHome(directory, heartbeatMs);
    this.segments = new SegmentSequence({
      directory,
      segmentBytes: options.segmentBytes ?? SEGMENT_BYTES,
      durability: this.durability,
      openFile: options.openFile,
      beforeRemoval: options.beforeRemoval,
      onLateFailure: (error) => {
        this.home.refused(error);
        this.logger.error(`cannot sync: ${String(error)}; a loss of power may lose spend`);
      },
    });
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
    return this.segments.sizeBytes;
  }

  /** Sets the listener that receives durable records, before their promises resolve. */
  onDurable(listener: DurableListener): void {
    this.listener = listener;
  }

  /**
   * Appends a record. Then it survives the process, and with `disk` the machine's power.
   * @param record the fact; text and numbers that no database could store are corrected
   * @returns `null` when that is done, which is the rule with `process`; else what resolves when it is
   * @throws GatehouseError as a rejection: `spend_journal_unavailable` when the disk does not take it,
   * `shutting_down` after {@link seal}
   */
  append(record: JournalRecord): Promise<void> | null {
    if (this.isSealed) return Promise.reject(new GatehouseError('shutting_down'));
    const { record: stored, json } = encodeStorable(record);
    const isDirect = this.durability === 'process' && this.writing === null && this.home.isThere;
    if (isDirect) return this.writeNow(stored, passingFrameOf(json));
    const frame = frameOf(json);
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
    this.segments.committed(position.segment);
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
    await this.segments.close();
    if (!this.home.wasMade) return;
    if (isDrained) await this.removeEverything();
    else await this.home.disown();
  }

  private writeNow(record: JournalRecord, frame: Buffer): Promise<void> | null {
    try {
      const { start } = this.segments.append(frame, this.home.generation);
      const { segment, offset } = start;
      this.home.written();
      this.listener([{ record, start, end: { segment, offset: offset + frame.length } }]);
      return null;
    } catch (error) {
      return Promise.reject(this.refused(error));
    }
  }

  private async writeWaiting(): Promise<void> {
    // One turn of the queue, so that records that arrive together are committed together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        await this.home.ensure();
        const frames = Buffer.concat(group.map(({ frame }) => frame));
        const { start, durable } = this.segments.append(frames, this.home.generation);
        if (durable !== null) await durable;
        this.written(group, start);
        for (const { resolve } of group) resolve();
      } catch (error) {
        const refusal = this.refused(error);
        for (const { reject } of group) reject(refusal);
      }
    }
    this.writing = null;
  }

  private written(group: readonly Waiting[], start: JournalPosition): void {
    this.home.written();
    const { segment } = start;
    let { offset } = start;
    this.listener(
      group.map(({ record, frame }) => {
        const from = { segment, offset };
        offset += frame.length;
        return { record, start: from, end: { segment, offset } };
      }),
    );
  }

  private refused(cause: unknown): GatehouseError {
    this.home.refused(cause);
    this.logger.error(`cannot write: ${String(cause)}`);
    return new GatehouseError('spend_journal_unavailable', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause,
    });
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
