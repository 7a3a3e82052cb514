import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { eventually } from '#support/eventually';
import { anIntent } from '#support/spend-harness';
import { Journal } from './journal.js';
import { refOf, type JournalRecord } from './journal-record.js';
import { createSegmentFile, type SegmentFile } from './segment-file.js';
import { readSegment, segmentPath, type PlacedRecord } from './segments.js';

type Write = SegmentFile['write'];

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** Files of the local disk whose calls can be replaced. */
class FaultyFiles {
  /** Runs instead of a write and may use the real one. */
  write: ((real: Write, ...args: Parameters<Write>) => number) | null = null;
  truncateError: Error | null = null;
  openError: Error | null = null;
  newest: SegmentFile | null = null;
  opened = 0;
  closed = 0;

  readonly openFile = (path: string): SegmentFile => {
    if (this.openError !== null) throw this.openError;
    const file = createSegmentFile(path);
    this.newest = file;
    this.opened += 1;
    const real: Write = (...args) => file.write(...args);
    return {
      write: (...args) => this.write?.(real, ...args) ?? real(...args),
      truncate: (length) => {
        if (this.truncateError !== null) throw this.truncateError;
        file.truncate(length);
      },
      datasync: () => file.datasync(),
      close: () => {
        this.closed += 1;
        file.close();
      },
    };
  };
}

describe('A journal with the durability process', () => {
  let root: string;
  let directory: string;
  let files: FaultyFiles;
  let journal: Journal;
  let seen: PlacedRecord[];

  beforeEach(async () => {
    Logger.overrideLogger(false);
    root = mkdtempSync(join(tmpdir(), 'gatehouse-faults-'));
    directory = join(root, 'process-1');
    files = new FaultyFiles();
    const { openFile } = files;
    journal = new Journal({ directory, openFile, segmentBytes: 4_000 });
    seen = [];
    journal.onDurable((records) => seen.push(...records));
    await append('first');
  });
  afterEach(async () => {
    await journal.close(false);
    rmSync(root, { recursive: true, force: true });
  });

  const append = (requestId: string): Promise<void> | null => {
    const record: JournalRecord = { kind: 'intent', intent: anIntent({ requestId }) };
    return journal.append(record);
  };
  const segments = (): number[] =>
    readdirSync(directory)
      .filter((name) => name.endsWith('.journal'))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  const namesOf = (records: readonly PlacedRecord[]): string[] =>
    records.map(({ record }) => refOf(record).requestId);
  /** What a process that adopts the journal finds; fails on damage. */
  const namesOnDisk = async (): Promise<string[]> => {
    const names: string[] = [];
    for (const segment of segments()) {
      const { records, damages } = await readSegment(directory, { segment, offset: 0 });
      expect(damages).toEqual([]);
      names.push(...namesOf(records));
    }
    return names;
  };
  const refused = async (requestId: string): Promise<void> => {
    const result = append(requestId);
    expect(result).toBeInstanceOf(Promise);
    await expect(result).rejects.toMatchObject({ code: 'spend_journal_unavailable' });
  };

  it('has written a record and told the listener when append returns, without a promise, in every segment', () => {
    const names = Array.from({ length: 40 }, (_, index) => `r${String(index)}`);
    for (const name of names) {
      expect(append(name)).toBeNull();
      expect(namesOf(seen).at(-1)).toBe(name);
      const newest = segmentPath(directory, segments().at(-1) ?? 0);
      expect(readFileSync(newest, 'utf8')).toContain(`"${name}"`);
    }
    expect(segments().length).toBeGreaterThan(3);
  });

  it('keeps one file open, and none when it is closed', async () => {
    for (let index = 0; index < 40; index += 1) expect(append('r')).toBeNull();
    await eventually(() => {
      expect(files.opened - files.closed).toBe(1);
    });
    await journal.close(false);
    expect(files.closed).toBe(files.opened);
    expect(files.opened).toBe(segments().length);
  });

  it('keeps the order of records that come while its directory is being made', async () => {
    const other = new Journal({ directory: join(root, 'process-2') });
    const order: string[] = [];
    other.onDurable((records) => order.push(...namesOf(records)));
    const names = ['a', 'b', 'c', 'd'];
    const results = names.map((requestId) =>
      other.append({ kind: 'intent', intent: anIntent({ requestId }) }),
    );
    expect(results.every((result) => result instanceof Promise)).toBe(true);
    await results[0];
    void other.append({ kind: 'intent', intent: anIntent({ requestId: 'e' }) });
    await other.seal();
    expect(order).toEqual([...names, 'e']);
    await other.close(true);
  });

  it('completes a record that the file takes in pieces', async () => {
    files.write = (real, bytes, offset, position) =>
      real(bytes.subarray(0, Math.min(bytes.length, offset + 100)), offset, position);
    expect(append('pieces')).toBeNull();
    expect(await namesOnDisk()).toEqual(['first', 'pieces']);
  });

  it.each([
    ['ENOSPC', 'the disk is full (ENOSPC)'],
    ['EDQUOT', 'the disk quota is used up (EDQUOT)'],
    ['EFBIG', 'the limit of the size of a file is reached (EFBIG)'],
    ['EROFS', 'the file system is read-only (EROFS)'],
    ['EIO', 'the disk reports an error (EIO)'],
  ])('cuts half a record back when a write ends with %s', async (code, words) => {
    await journal.problem();
    const before = statSync(segmentPath(directory, 1)).size;
    let calls = 0;
    files.write = (real, bytes, offset, position) => {
      calls += 1;
      if (calls > 1) throw failure(code);
      return real(bytes.subarray(0, offset + 100), offset, position);
    };
    await refused('half');
    expect(statSync(segmentPath(directory, 1)).size).toBe(before);
    expect(await journal.problem()).toBe(words);
    files.write = null;
    expect(append('next')).toBeNull();
    expect(await journal.problem()).toBeNull();
    expect(namesOf(seen)).toEqual(['first', 'next']);
    expect(await namesOnDisk()).toEqual(['first', 'next']);
    expect(segments()).toEqual([1]);
  });

  it('goes on in a new segment when half a record cannot be cut back', async () => {
    let calls = 0;
    files.write = (real, bytes, offset, position) => {
      calls += 1;
      if (calls > 1) throw failure('EIO');
      return real(bytes.subarray(0, offset + 100), offset, position);
    };
    files.truncateError = failure('EIO');
    await refused('half');
    files.write = null;
    expect(append('next')).toBeNull();
    expect(await namesOnDisk()).toEqual(['first', 'next']);
    expect(segments()).toEqual([1, 2]);
  });

  it('goes on in a new segment when its descriptor is closed', async () => {
    files.newest?.close();
    await refused('lost');
    expect(append('next')).toBeNull();
    // The number of the lost descriptor is that of the new file, which must stay open.
    await delay(1);
    expect(append('later')).toBeNull();
    expect(await namesOnDisk()).toEqual(['first', 'next', 'later']);
  });

  it('refuses a record that a file takes no byte of, and does not wait for it', async () => {
    files.write = () => 0;
    await refused('stuck');
    files.write = null;
    expect(append('next')).toBeNull();
    expect(await namesOnDisk()).toEqual(['first', 'next']);
  });

  it.each(['EROFS', 'ENOSPC', 'EMFILE', 'EACCES'])(
    'refuses records while the next segment cannot be opened (%s), and recovers',
    async (code) => {
      for (let index = 0; segments().length === 1 && index < 100; index += 1) {
        files.openError = failure(code);
        const result = append(`r${String(index)}`);
        if (result !== null) {
          await expect(result).rejects.toMatchObject({ code: 'spend_journal_unavailable' });
          await refused('again');
          files.openError = null;
          expect(append('next')).toBeNull();
        }
      }
      expect(namesOf(seen).at(-1)).toBe('next');
      expect(await namesOnDisk()).toEqual(namesOf(seen));
    },
  );

  it('leaves no empty segment behind for each attempt while every write fails', async () => {
    const other = new Journal({ directory: join(root, 'process-2'), openFile: files.openFile });
    files.write = () => {
      throw failure('EIO');
    };
    files.truncateError = failure('EIO');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(other.append({ kind: 'intent', intent: anIntent() })).rejects.toMatchObject({
        code: 'spend_journal_unavailable',
      });
    }
    files.write = null;
    expect(other.append({ kind: 'intent', intent: anIntent() })).toBeNull();
    const kept = readdirSync(join(root, 'process-2')).filter((name) => name.endsWith('.journal'));
    expect(kept).toEqual(['0000000006.journal']);
    await other.close(false);
  });
});
