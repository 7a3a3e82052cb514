import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { anIntent } from '#support/spend-harness';
import { Journal } from '../journal/journal.js';
import { refOf } from '../journal/journal-record.js';
import { adoptOrphans } from './orphan-adoption.js';

describe('adoptOrphans', () => {
  let root: string;
  let booked: string[];
  let durable: string[][];
  let fault: (names: string[], processId: string) => Error | null;

  beforeEach(() => {
    Logger.overrideLogger(false);
    root = mkdtempSync(join(tmpdir(), 'gatehouse-adoption-'));
    booked = [];
    durable = [];
    fault = () => null;
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const orphan = async (processId: string, count: number): Promise<void> => {
    const journal = new Journal({ directory: join(root, processId) });
    for (let index = 0; index < count; index += 1) {
      const intent = anIntent({ requestId: `${processId}-${String(index)}` });
      await journal.append({ kind: 'intent', intent });
    }
    await journal.close(false);
  };
  const adopt = (): Promise<string[]> =>
    adoptOrphans(
      {
        root,
        processId: 'me',
        ledger: {
          commit: (records, processId) => {
            const names = records.map((record) => refOf(record).requestId);
            const error = fault(names, processId);
            if (error !== null) return Promise.reject(error);
            booked.push(...names);
            return Promise.resolve();
          },
          sweepProcess: () => Promise.resolve(0),
        },
        beforeRemoval: async () => {
          durable.push(await readdir(root));
        },
      },
      new AbortController().signal,
    );
  const sqlError = (code: string): Error =>
    Object.assign(new Error('refused'), { code, severity: 'ERROR' });

  it('leaves out the one record whose data the database refuses, and finishes every journal', async () => {
    await orphan('a', 5);
    await orphan('b', 1);
    fault = (names) => (names.includes('a-3') ? sqlError('22003') : null);
    expect(await adopt()).toEqual(['a', 'b']);
    expect(booked).toEqual(['a-0', 'a-1', 'a-2', 'a-4', 'b-0']);
    expect(await readdir(root)).toEqual([]);
  });

  it('makes the database durable once, before the first of many journals is removed', async () => {
    for (const name of ['a', 'b', 'c']) await orphan(name, 1);
    await adopt();
    expect(durable).toEqual([['a', 'b', 'c']]);
  });

  it('keeps a journal that cannot be finished and goes on with the others', async () => {
    await orphan('a', 1);
    await orphan('b', 1);
    fault = (_, processId) => (processId === 'a' ? sqlError('42501') : null);
    expect(await adopt()).toEqual(['b']);
    expect(await readdir(root)).toEqual(['a']);
    fault = () => null;
    expect(await adopt()).toEqual(['a']);
    expect(booked).toEqual(['b-0', 'a-0']);
  });

  it('says that the database was away for one of them, after the others were adopted', async () => {
    await orphan('a', 1);
    await orphan('b', 1);
    fault = (_, processId) =>
      processId === 'a' ? new GatehouseError('database_unavailable') : null;
    await expect(adopt()).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(booked).toEqual(['b-0']);
    expect(await readdir(root)).toEqual(['a']);
  });
});
