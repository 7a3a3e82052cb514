import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { eventually } from '#support/eventually';
import { anIntent } from '#support/spend-harness';
import { Journal, type JournalOptions } from './journal.js';
import { refOf, type JournalRecord } from './journal-record.js';
import { isOrphaned } from './process-owner.js';
import { readSegment, segmentPath, type PlacedRecord } from './segments.js';

describe('Journal', () => {
  let directory: string;
  const journals: Journal[] = [];

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'gatehouse-journal-')), 'process-1');
    Logger.overrideLogger(false);
  });
  afterEach(async () => {
    for (const journal of journals.splice(0)) await journal.close(false);
    rmSync(join(directory, '..'), { recursive: true, force: true });
  });

  const open = (
    options: Partial<JournalOptions> = {},
  ): { journal: Journal; seen: PlacedRecord[] } => {
    const journal = new Journal({ directory, ...options });
    journals.push(journal);
    const seen: PlacedRecord[] = [];
    journal.onDurable((records) => seen.push(...records));
    return { journal, seen };
  };
  const record = (requestId = 'r'): JournalRecord => ({
    kind: 'intent',
    intent: anIntent({ requestId }),
  });
  const namesIn = (records: readonly PlacedRecord[]): string[] =>
    records.map((placed) => refOf(placed.record).requestId);
  const segments = async (): Promise<string[]> =>
    (await readdir(directory)).filter((name) => name.endsWith('.journal')).sort();

  it('touches no disk before the first record', async () => {
    open();
    await expect(readdir(directory)).rejects.toThrow('ENOENT');
  });

  it('has the record on the disk when append resolves, and has told the listener', async () => {
    const { journal, seen } = open();
    await journal.append(record('a'));
    expect(namesIn(seen)).toEqual(['a']);
    const { records } = await readSegment(directory, { segment: 1, offset: 0 });
    expect(records).toEqual(seen);
  });

  it('keeps the order in which records were appended, however many at once', async () => {
    const { journal, seen } = open();
    const names = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all(names.map(async (name) => journal.append(record(name))));
    expect(namesIn(seen)).toEqual(names);
    const { records } = await readSegment(directory, { segment: 1, offset: 0 });
    expect(records).toEqual(seen);
  });

  it('begins a new segment when one is full and removes those that are committed, oldest first', async () => {
    const synced: string[][] = [];
    const { journal, seen } = open({
      segmentBytes: 1,
      beforeRemoval: async () => {
        synced.push(await segments());
      },
    });
    for (const name of ['a', 'b', 'c']) await journal.append(record(name));
    expect(await segments()).toHaveLength(3);
    const [first, second] = seen;
    if (first === undefined || second === undefined) throw new Error('no records');
    journal.committed(first.end);
    expect(synced).toEqual([]);
    journal.committed(second.end);
    await eventually(async () => {
      expect(await segments()).toEqual(['0000000002.journal', '0000000003.journal']);
    });
    expect(synced).toEqual([['0000000001.journal', '0000000002.journal', '0000000003.journal']]);
  });

  it('reads records again that were not kept', async () => {
    const { journal, seen } = open({ segmentBytes: 2_000 });
    for (let index = 0; index < 20; index += 1) await journal.append(record(String(index)));
    const read: PlacedRecord[] = [];
    let [from, until] = [seen[3]?.start, seen[17]?.end];
    while (from !== undefined && until !== undefined) {
      const records = await journal.read(from, until);
      read.push(...records);
      from = records.at(-1)?.end;
      if (from === undefined) until = undefined;
    }
    expect(read).toEqual(seen.slice(3, 18));
  });

  it('tells when too much waits', async () => {
    const { journal } = open({ limitBytes: 100 });
    expect(journal.isFull).toBe(false);
    await journal.append(record());
    expect(journal.isFull).toBe(true);
  });

  it('passes over a damaged record and reads those around it', async () => {
    const { journal } = open();
    for (const name of ['a', 'b', 'c']) await journal.append(record(name));
    const path = segmentPath(directory, 1);
    const text = await readFile(path, 'latin1');
    await writeFile(path, text.replace('"requestId":"b"', '"requestId":"x"'), 'latin1');
    const { records, damages } = await readSegment(directory, { segment: 1, offset: 0 });
    expect(namesIn(records)).toEqual(['a', 'c']);
    expect(damages).toHaveLength(1);
  });

  it('does without an unfinished last record', async () => {
    const { journal } = open();
    for (const name of ['a', 'b']) await journal.append(record(name));
    const path = segmentPath(directory, 1);
    await truncate(path, (await readFile(path)).length - 5);
    const content = await readSegment(directory, { segment: 1, offset: 0 });
    expect(namesIn(content.records)).toEqual(['a']);
    expect(content.damages).toEqual([]);
  });

  it('refuses with spend_journal_unavailable when the disk does not take the record, and recovers', async () => {
    await writeFile(directory, 'a file where the directory should be');
    const { journal, seen } = open();
    await expect(journal.append(record('a'))).rejects.toMatchObject({
      code: 'spend_journal_unavailable',
      retryAfterSeconds: 5,
    });
    rmSync(directory);
    await journal.append(record('b'));
    expect(namesIn(seen)).toEqual(['b']);
  });

  it('begins a new journal when another process has taken it for dead and removed it', async () => {
    const { journal } = open({ heartbeatMs: 5 });
    await journal.append(record('a'));
    rmSync(directory, { recursive: true });
    await eventually(async () => {
      await journal.append(record('b'));
      const { records } = await readSegment(directory, { segment: 2, offset: 0 });
      expect(namesIn(records)).toContain('b');
    });
    expect(await isOrphaned(directory)).toBe(false);
  });

  it('takes nothing once it is sealed', async () => {
    const { journal } = open();
    await journal.seal();
    await expect(journal.append(record())).rejects.toMatchObject({ code: 'shutting_down' });
  });

  it('removes itself when the database holds everything, else is left to the next process', async () => {
    const { journal } = open();
    await journal.append(record());
    expect(await isOrphaned(directory)).toBe(false);
    await journal.close(false);
    expect(await isOrphaned(directory)).toBe(true);
    const next = open({ directory: join(directory, '..', 'process-2') }).journal;
    await next.append(record());
    await next.close(true);
    expect(await readdir(join(directory, '..'))).toEqual(['process-1']);
  });

  it('closes without a complaint when its directory is gone', async () => {
    const { journal } = open();
    await journal.append(record());
    rmSync(join(directory, '..'), { recursive: true });
    await journal.close(false);
  });
});
