import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { SegmentWriter, type SegmentOptions } from './segment-writer.js';
import { segmentPath, type JournalPosition } from './segments.js';

/** Location, size and durability of the segments of a journal. */
export interface SequenceOptions extends Omit<SegmentOptions, 'segment'> {
  /** A segment that has reached this size is followed by a new one. */
  readonly segmentBytes: number;
  /** Awaited before segments are removed: makes durable what the database has taken over. */
  readonly beforeRemoval: (() => Promise<void>) | undefined;
}

/** The place of appended bytes. */
export interface Appended {
  readonly start: JournalPosition;
  /** What resolves when the bytes are durable; `null` when they are. */
  readonly durable: Promise<void> | null;
}

/**
 * The segments that this process has written: the newest is appended to, the oldest are removed when
 * the database holds what is in them. The next segment is opened with a plain call when the first
 * record for it comes; the one before is synced and closed in the background.
 */
export class SegmentSequence {
  private readonly logger = new Logger('SpendJournal');
  private readonly finished = new Map<number, number>();
  private finishedBytes = 0;
  private writer: SegmentWriter | null = null;
  private generation = 0;
  private lastSegment = 0;
  private committedSegment = 0;
  private removal: Promise<void> | null = null;
  private closing: Promise<void> = Promise.resolve();

  constructor(private readonly options: SequenceOptions) {}

  /** Bytes of all segments that have not been removed yet. */
  get sizeBytes(): number {
    return this.finishedBytes + (this.writer?.size ?? 0);
  }

  /**
   * Appends bytes to the newest segment, or to a new one.
   * @param generation of the directory: files of another one have no name any more
   * @throws the system's error, also as a rejection
   */
  append(bytes: Buffer, generation: number): Appended {
    const writer = this.usableWriter(generation);
    const start = { segment: writer.segment, offset: writer.size };
    return { start, durable: writer.append(bytes) };
  }

  /**
   * Notes that the database holds everything before a segment; what is before it is removed in the
   * background.
   */
  committed(segment: number): void {
    this.committedSegment = segment;
    if (this.removal !== null || this.removable().length === 0) return;
    this.removal = this.removeCommitted().finally(() => {
      this.removal = null;
    });
  }

  /** Syncs and closes the files. Never rejects. */
  async close(): Promise<void> {
    await this.removal;
    this.finishWriter();
    await this.closing;
  }

  private usableWriter(generation: number): SegmentWriter {
    const { writer } = this;
    const isUsable = writer !== null && !writer.isBroken && writer.size < this.options.segmentBytes;
    if (isUsable && this.generation === generation) return writer;
    this.finishWriter();
    // A disk that fails for a while must not leave an empty file for every attempt.
    if (writer?.size === 0) {
      rmSync(segmentPath(this.options.directory, writer.segment), { force: true });
    }
    // Counted first: a segment that could not be opened properly is never tried again.
    this.lastSegment += 1;
    this.generation = generation;
    this.writer = new SegmentWriter({ ...this.options, segment: this.lastSegment });
    return this.writer;
  }

  private finishWriter(): void {
    const { writer } = this;
    if (writer === null) return;
    this.writer = null;
    this.closing = Promise.all([this.closing, writer.close()]).then(() => undefined);
    this.finished.set(writer.segment, writer.size);
    this.finishedBytes += writer.size;
  }

  private removable(): number[] {
    return [...this.finished.keys()].filter((segment) => segment < this.committedSegment);
  }

  private async removeCommitted(): Promise<void> {
    try {
      for (let segments = this.removable(); segments.length > 0; segments = this.removable()) {
        await this.options.beforeRemoval?.();
        for (const segment of segments) {
          await rm(segmentPath(this.options.directory, segment), { force: true });
          this.finishedBytes -= this.finished.get(segment) ?? 0;
          this.finished.delete(segment);
        }
      }
    } catch (error) {
      // They are removed with the next commit, and replaying them meanwhile adds nothing.
      this.logger.warn(`cannot remove committed segments: ${String(error)}`);
    }
  }
}
