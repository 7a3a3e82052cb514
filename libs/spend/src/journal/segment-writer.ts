import { errorCodeOf } from '#libs/common';
import { createSegmentFile, type SegmentFile } from './segment-file.js';
import { segmentPath, syncDirectory } from './segments.js';

/**
 * When an append counts as durable. `process`: the operating system has the bytes, so that they survive
 * the process; they reach the disk within {@link SYNC_LIMIT_MS}. `disk`: they are on the disk.
 */
export type Durability = 'process' | 'disk';

/** Longest time, in ms, that a loss of power may reach back with {@link Durability} `process`. */
export const SYNC_LIMIT_MS = 100;
/** Half of the limit is left to the sync itself. */
const SYNC_AFTER_MS = SYNC_LIMIT_MS / 2;

/** The location of a segment and the durability of its bytes. */
export interface SegmentOptions {
  /** Journal directory of this process. */
  readonly directory: string;
  /** Number of the segment, which does not exist yet. */
  readonly segment: number;
  readonly durability: Durability;
  /** Called when a sync in the background failed, after bytes had been acknowledged. */
  readonly onLateFailure: (error: unknown) => void;
  /** Makes and opens the file; default: on the local disk, readable by its owner alone. */
  readonly openFile?: ((path: string) => SegmentFile) | undefined;
}

/** The one segment that is being written. */
export class SegmentWriter {
  /** Number of the segment. */
  readonly segment: number;
  private readonly file: SegmentFile;
  private position = 0;
  /** The name of a new file is synced with its first bytes. */
  private isNameSynced = false;
  private isDirty = false;
  private broken = false;
  private isDescriptorLost = false;
  private closing = false;
  private timer: NodeJS.Timeout | null = null;
  private syncing: Promise<void> | null = null;

  /**
   * Makes a new segment.
   * @param options where, and when appended bytes are durable
   * @throws the system's error
   */
  constructor(private readonly options: SegmentOptions) {
    const { directory, segment, openFile = createSegmentFile } = options;
    this.segment = segment;
    this.file = openFile(segmentPath(directory, segment));
  }

  /** Bytes that are durable. */
  get size(): number {
    return this.position;
  }

  /** Whether a failure left it in a state that must not be written to any more. */
  get isBroken(): boolean {
    return this.broken;
  }

  /**
   * Appends bytes and makes them durable. When that fails the segment is cut back to what it was, so
   * that half a record never stands before a whole one.
   * @returns `null` when the bytes are durable already, else what resolves when they are
   * @throws the system's error, also as a rejection
   */
  append(bytes: Buffer): Promise<void> | null {
    try {
      this.writeAll(bytes);
    } catch (error) {
      this.cutBack();
      throw error;
    }
    if (this.options.durability === 'disk') return this.syncOrCutBack(bytes.length);
    this.position += bytes.length;
    this.syncSoon();
    return null;
  }

  /** Syncs what is not synced yet and closes the file. Idempotent; never rejects. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.syncing;
    if (this.isDirty && !this.broken) await this.syncLate();
    // Its number may be the one of another file by now.
    if (this.isDescriptorLost) return;
    try {
      this.file.close();
    } catch {
      // What was synced is on the disk, and what was not has been reported.
    }
  }

  private async syncOrCutBack(written: number): Promise<void> {
    try {
      await this.sync();
      this.position += written;
    } catch (error) {
      // What is on the disk is unknown after a failed sync, so nothing more is appended here.
      this.breakOff(error);
      this.cutBack();
      await this.file.datasync().catch(() => undefined);
      throw error;
    }
  }

  private syncSoon(): void {
    this.isDirty = true;
    if (this.closing || this.timer !== null || this.syncing !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.syncing = this.syncLate().finally(() => {
        this.syncing = null;
        if (this.isDirty && !this.broken) this.syncSoon();
      });
    }, SYNC_AFTER_MS);
    this.timer.unref();
  }

  /** Nothing is cut back when it fails: what was acknowledged stays as long as the process does. */
  private async syncLate(): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      this.breakOff(error);
      this.options.onLateFailure(error);
    }
  }

  private async sync(): Promise<void> {
    this.isDirty = false;
    if (!this.isNameSynced) {
      await syncDirectory(this.options.directory);
      this.isNameSynced = true;
    }
    await this.file.datasync();
  }

  private writeAll(bytes: Buffer): void {
    for (let written = 0; written < bytes.length;) {
      const count = this.file.write(bytes, written, this.position + written);
      // No file does this; waiting for it here would stop the process.
      if (count === 0) throw new Error('the file takes no more bytes');
      written += count;
    }
  }

  private cutBack(): void {
    try {
      this.file.truncate(this.position);
      this.syncSoon();
    } catch (error) {
      this.breakOff(error);
    }
  }

  private breakOff(error: unknown): void {
    this.broken = true;
    this.isDescriptorLost ||= errorCodeOf(error) === 'EBADF';
  }
}
