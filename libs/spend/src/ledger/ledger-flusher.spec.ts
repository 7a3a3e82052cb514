import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { eventually } from '#support/eventually';
import { anIntent } from '#support/spend-harness';
import { Journal } from '../journal/journal.js';
import { refOf, type JournalRecord } from '../journal/journal-record.js';
import { LedgerFlusher } from './ledger-flusher.js';

describe('LedgerFlusher', () => {
  let root: string;
  let journal: Journal;
  let flusher: LedgerFlusher;
  let batches: string[][];
  let fault: ((names: string[]) => Error | null) | null;

  beforeEach(() => {
    Logger.overrideLogger(false);
    root = mkdtempSync(join(tmpdir(), 'gatehouse-flusher-'));
    batches = [];
    fault = null;
    journal = new Journal({ directory: join(root, 'process-1') });
    flusher = new LedgerFlusher(journal, {
      commit: (records) => {
        const names = records.map((record) => refOf(record).requestId);
        const error = fault?.(names) ?? null;
        if (error !== null) return Promise.reject(error);
        batches.push(names);
        return Promise.resolve();
      },
    });
  });
  afterEach(async () => {
    await flusher.stop();
    await journal.close(flusher.isDrained);
    rmSync(root, { recursive: true, force: true });
  });

  const record = (name: string): JournalRecord => ({
    kind: 'intent',
    intent: anIntent({ requestId: name }),
  });
  const append = (...names: string[]): Promise<unknown> =>
    Promise.all(names.map(async (name) => journal.append(record(name))));
  const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));
  const down = (): GatehouseError => new GatehouseError('database_unavailable');

  it('books a small batch by itself within its interval', async () => {
    await append('a', 'b');
    expect(batches).toEqual([]);
    await eventually(() => {
      expect(batches).toEqual([['a', 'b']]);
    });
  });

  it('books at once when asked to, and everything in order', async () => {
    await append(...numbers(1_203));
    await flusher.flush();
    expect(batches.flat()).toEqual(numbers(1_203));
    expect(Math.max(...batches.map(({ length }) => length))).toBe(500);
    expect(flusher.isDrained).toBe(true);
    await flusher.flush();
  });

  it('says that the database is down and books the same records when it is back', async () => {
    fault = down;
    await append('a');
    await expect(flusher.flush()).rejects.toMatchObject({ code: 'database_unavailable' });
    await append('b');
    fault = null;
    await eventually(() => {
      expect(batches.flat()).toEqual(['a', 'b']);
    });
  });

  it('leaves out the one record whose data the database refuses, and nothing else', async () => {
    fault = (names) =>
      names.includes('77')
        ? Object.assign(new Error('invalid'), { code: '22021', severity: 'ERROR' })
        : null;
    await append(...numbers(100));
    await flusher.flush();
    expect(batches.flat()).toEqual(numbers(100).filter((name) => name !== '77'));
  });

  it('books a record that the journal could not take, before it says so', async () => {
    fault = down;
    await append('a');
    await expect(flusher.commitUnplaced(record('x'))).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    fault = null;
    await flusher.commitUnplaced(record('y'));
    expect(batches.flat()).toEqual(['a', 'x', 'y']);
  });

  it('rejects waiting flushes when it is stopped', async () => {
    fault = down;
    await append('a');
    await flusher.stop();
    await expect(flusher.flush()).rejects.toMatchObject({ code: 'shutting_down' });
    expect(flusher.isDrained).toBe(false);
  });
});
