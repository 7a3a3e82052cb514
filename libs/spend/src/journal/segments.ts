import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf } from '#libs/common';
import { decodeRecord, type JournalRecord } from './journal-record.js';
import { scanFrames } from './record-frame.js';

/** A place in a journal: a segment and a byte offset in it. */
export interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

/** A record and where it stands. */
export interface PlacedRecord {
  readonly record: JournalRecord;
  /** First byte of the record. */
  readonly start: JournalPosition;
  /** Behind the last byte of the record. */
  readonly end: JournalPosition;
}

/** A stretch of a segment that could not be read. */
interface JournalDamage {
  readonly segment: number;
  readonly start: number;
  readonly end: number;
}

/** The records of one segment. */
export interface SegmentContent {
  readonly records: readonly PlacedRecord[];
  readonly damages: readonly JournalDamage[];
}

const SEGMENT_NAME = /^(\d{10})\.journal$/;

/**
 * The path of a segment.
 * @param directory journal directory of one process
 * @param segment number of the segment, from 1
 */
export function segmentPath(directory: string, segment: number): string {
  return join(directory, `${String(segment).padStart(10, '0')}.journal`);
}

/**
 * Numbers of the segments of a journal, ascending. A directory that does not exist has none.
 * @param directory journal directory of one process
 */
export async function listSegments(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .map((name) => SEGMENT_NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Reads the records of one segment. A torn last record was never acknowledged and is left out;
 * everything else that is not a record is reported as damage.
 * @param directory journal directory of one process
 * @param untilOffset where to stop; default is the end of the segment
 * @returns nothing when the segment is gone, because another process has finished with it
 */
export async function readSegment(
  directory: string,
  from: JournalPosition,
  untilOffset?: number,
): Promise<SegmentContent> {
  const { segment, offset } = from;
  let bytes: Buffer;
  try {
    bytes = await readFile(segmentPath(directory, segment));
  } catch (error) {
    if (isMissing(error)) return { records: [], damages: [] };
    throw error;
  }
  const scan = scanFrames(bytes.subarray(offset, untilOffset ?? bytes.length));
  const damages: JournalDamage[] = scan.damages.map(({ start, end }) => ({
    segment,
    start: offset + start,
    end: offset + end,
  }));
  const records: PlacedRecord[] = [];
  for (const frame of scan.frames) {
    const record = decodeRecord(frame.payload);
    const start = { segment, offset: offset + frame.start };
    const end = { segment, offset: offset + frame.end };
    if (record === null) damages.push({ segment, start: start.offset, end: end.offset });
    else records.push({ record, start, end });
  }
  return { records, damages };
}

/**
 * Makes the names in a directory durable. Where directories cannot be synced (Windows) names are
 * durable without.
 */
export async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  }
}

/**
 * Makes every file below a directory durable. The embedded database never syncs, so this is done
 * before the journal forgets what it has handed over. Files that vanish meanwhile are passed over.
 * @param directory the data files of the embedded database
 */
export async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    },
  );
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    try {
      const handle = await open(join(entry.parentPath, entry.name), 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  const directories = new Set(entries.map((entry) => entry.parentPath));
  for (const path of directories) await syncDirectory(path);
}

/**
 * Removes a journal whose records are all in the database: segments first, oldest first, so that a
 * crash in between leaves something that can be replayed.
 * @param directory journal directory of one process
 */
export async function removeJournal(directory: string): Promise<void> {
  for (const segment of await listSegments(directory)) {
    await rm(segmentPath(directory, segment), { force: true });
  }
  await rm(directory, { recursive: true, force: true });
}

function isMissing(error: unknown): boolean {
  return errorCodeOf(error) === 'ENOENT';
}
