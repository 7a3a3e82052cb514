import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { segmentPath, syncDirectory } from './segments.js';

/** The one segment that is being written. */
export class SegmentWriter {
  private position = 0;
  private broken = false;

  private constructor(
    /** Number of the segment. */
    readonly segment: number,
    private readonly handle: FileHandle,
  ) {}

  /** Bytes that are durable. */
  get size(): number {
    return this.position;
  }

  /** Whether a failure left it in a state that must not be written to any more. */
  get isBroken(): boolean {
    return this.broken;
  }

  /**
   * Makes a new segment, durably.
   * @param directory journal directory of this process
   * @param segment number of the segment, which does not exist yet
   */
  static async create(directory: string, segment: number): Promise<SegmentWriter> {
    const { O_CREAT, O_EXCL, O_RDWR } = constants;
    const handle = await open(segmentPath(directory, segment), O_CREAT | O_EXCL | O_RDWR, 0o600);
    try {
      await syncDirectory(directory);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new SegmentWriter(segment, handle);
  }

  /**
   * Appends bytes and makes them durable. When that fails the segment is cut back to what it was, so
   * that half a record never stands before a whole one.
   * @param bytes whole frames
   * @throws the system's error
   */
  async append(bytes: Buffer): Promise<void> {
    try {
      await this.writeAll(bytes);
    } catch (error) {
      await this.cutBack();
      throw error;
    }
    try {
      await this.handle.datasync();
    } catch (error) {
      // What is on the disk is unknown after a failed sync, so nothing more is appended here.
      this.broken = true;
      await this.cutBack();
      throw error;
    }
    this.position += bytes.length;
  }

  /** Closes the file. Idempotent. */
  async close(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }

  private async writeAll(bytes: Buffer): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const rest = bytes.length - written;
      const result = await this.handle.write(bytes, written, rest, this.position + written);
      written += result.bytesWritten;
    }
  }

  private async cutBack(): Promise<void> {
    try {
      await this.handle.truncate(this.position);
      await this.handle.datasync();
    } catch {
      this.broken = true;
    }
  }
}
