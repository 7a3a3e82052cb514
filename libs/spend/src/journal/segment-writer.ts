import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
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

/** The operations of an open file that a writer needs. */
export type SegmentFile = Pick<FileHandle, 'write' | 'datasync' | 'truncate' | 'close'>;

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
  readonly openFile?: ((path: string) => Promise<SegmentFile>) | undefined;
}

/** The one segment that is being written. */
export class SegmentWriter {
  /** Number of the segment. */
  readonly segment: number;
  private position = 0;
  private synced = 0;
  private broken = false;
  private closing = false;
  private timer: NodeJS.Timeout | null = null;
  private syncing: Promise<void> | null = null;

  private constructor(
    private readonly options: SegmentOptions,
    private readonly file: SegmentFile,
  ) {
    this.segment = options.segment;
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
   * Makes a new segment, whose name is on the disk.
   * @param options where, and when appended bytes are durable
   */
  static async create(options: SegmentOptions): Promise<SegmentWriter> {
    const { directory, segment, openFile = makeFile } = options;
    const file = await openFile(segmentPath(directory, segment));
    try {
      await syncDirectory(directory);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new SegmentWriter(options, file);
  }

  /**
   * Appends bytes and makes them durable. When that fails the segment is cut back to what it was, so
   * that half a record never stands before a whole one.
   * @throws the system's error
   */
  async append(bytes: Buffer): Promise<void> {
    try {
      await this.writeAll(bytes);
    } catch (error) {
      await this.cutBack();
      throw error;
    }
    if (this.options.durability === 'disk') await this.syncOrCutBack(bytes.length);
    this.position += bytes.length;
    if (this.options.durability === 'process') this.syncSoon();
  }

  /** Syncs what is not synced yet and closes the file. Idempotent. */
  async close(): Promise<void> {
    this.closing = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.syncing;
    if (this.hasUnsynced) await this.syncLate();
    await this.file.close().catch(() => undefined);
  }

  private get hasUnsynced(): boolean {
    return this.options.durability === 'process' && !this.broken && this.synced < this.position;
  }

  private async syncOrCutBack(written: number): Promise<void> {
    try {
      await this.file.datasync();
      this.synced = this.position + written;
    } catch (error) {
      // What is on the disk is unknown after a failed sync, so nothing more is appended here.
      this.broken = true;
      await this.cutBack();
      throw error;
    }
  }

  private syncSoon(): void {
    if (this.closing || this.timer !== null || this.syncing !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.syncing = this.syncLate().finally(() => {
        this.syncing = null;
        if (this.hasUnsynced) this.syncSoon();
      });
    }, SYNC_AFTER_MS);
    this.timer.unref();
  }

  /** Nothing is cut back when it fails: what was acknowledged stays as long as the process does. */
  private async syncLate(): Promise<void> {
    const written = this.position;
    try {
      await this.file.datasync();
      this.synced = written;
    } catch (error) {
      this.broken = true;
      this.options.onLateFailure(error);
    }
  }

  private async writeAll(bytes: Buffer): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const rest = bytes.length - written;
      const result = await this.file.write(bytes, written, rest, this.position + written);
      written += result.bytesWritten;
    }
  }

  private async cutBack(): Promise<void> {
    try {
      await this.file.truncate(this.position);
      await this.file.datasync();
    } catch {
      this.broken = true;
    }
  }
}

function makeFile(path: string): Promise<FileHandle> {
  const { O_CREAT, O_EXCL, O_RDWR } = constants;
  return open(path, O_CREAT | O_EXCL | O_RDWR, 0o600);
}
