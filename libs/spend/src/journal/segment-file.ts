import { closeSync, constants, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * The operations of an open file that a segment needs. What the operating system has in memory is
 * written and cut synchronously: that takes microseconds, and a hop to the thread pool takes more.
 */
export interface SegmentFile {
  /**
   * Writes bytes to a position in the file.
   * @param bytes from `offset` to their end
   * @returns how many were written, which may be fewer
   */
  write(bytes: Buffer, offset: number, position: number): number;
  /** Cuts the file off at a length. */
  truncate(length: number): void;
  /** Resolves when what was written is on the disk. */
  datasync(): Promise<void>;
  close(): void;
}

/** A file of the local disk. */
class DescriptorFile implements SegmentFile {
  constructor(private readonly descriptor: number) {}

  write(bytes: Buffer, offset: number, position: number): number {
    return writeSync(this.descriptor, bytes, offset, bytes.length - offset, position);
  }

  truncate(length: number): void {
    ftruncateSync(this.descriptor, length);
  }

  datasync(): Promise<void> {
    return promisify(fdatasync)(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/**
 * Makes and opens a file that only its owner can read.
 * @param path of a file that does not exist
 */
export function createSegmentFile(path: string): SegmentFile {
  const { O_CREAT, O_EXCL, O_RDWR } = constants;
  return new DescriptorFile(openSync(path, O_CREAT | O_EXCL | O_RDWR, 0o600));
}
