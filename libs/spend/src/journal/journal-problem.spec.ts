import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { anIntent } from '#support/spend-harness';
import { DISK_SILENT, diskProblem } from './disk-problem.js';
import { Journal } from './journal.js';
import { JournalHome } from './journal-home.js';

/** Longer than a probe counts. */
const NEXT_PROBE_MS = 1_050;

describe('whether a journal can be written', () => {
  let dataDir: string;
  let directory: string;
  let journal: Journal;

  beforeEach(() => {
    Logger.overrideLogger(false);
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-problem-'));
    directory = join(dataDir, 'journal', 'process-1');
    journal = new Journal({ directory, limitBytes: 2_000 });
  });

  afterEach(async () => {
    await journal.close(false);
    rmSync(dataDir, { recursive: true, force: true });
  });

  const append = async (requestId = 'r'): Promise<void> => {
    await journal.append({ kind: 'intent', intent: anIntent({ requestId }) });
  };

  it('is found out without a call, and leaves nothing behind', async () => {
    expect(await journal.problem()).toBeNull();
    expect(readdirSync(directory)).toEqual(['owner.json']);
    await journal.close(true);
    expect(readdirSync(join(dataDir, 'journal'))).toEqual([]);
  });

  it('costs one probe a second, however many ask', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(10_000);
    await Promise.all(Array.from({ length: 50 }, () => journal.problem()));
    rmSync(join(dataDir, 'journal'), { recursive: true });
    writeFileSync(join(dataDir, 'journal'), '');
    clock.mockReturnValue(10_999);
    expect(await journal.problem()).toBeNull();
    clock.mockReturnValue(11_000);
    expect(await journal.problem()).toMatch(/^a file is where a directory should be/);
    clock.mockRestore();
  });

  test.each([
    ['has been replaced by a file', 'journal'],
    ['is below a file', '.'],
  ])('is reported while the directory %s', async (_name, what) => {
    await append();
    const path = join(dataDir, what);
    renameSync(path, `${dataDir}-away`);
    writeFileSync(path, 'a file');
    expect(await journal.problem()).toMatch(/^a file is where a directory should be \(E\w+\)$/);
    rmSync(path);
    renameSync(`${dataDir}-away`, path);
    await delay(NEXT_PROBE_MS);
    expect(await journal.problem()).toBeNull();
    await append('later');
  });

  it('is reported at once after a call has failed, until the next record is written', async () => {
    expect(await journal.problem()).toBeNull();
    const fresh = join(dataDir, 'other');
    writeFileSync(fresh, '');
    const broken = new Journal({ directory: join(fresh, 'process-1') });
    await expect(broken.append({ kind: 'intent', intent: anIntent() })).rejects.toMatchObject({
      code: 'spend_journal_unavailable',
    });
    expect(await broken.problem()).toMatch(/^a file is where/);
    rmSync(fresh);
    await broken.append({ kind: 'intent', intent: anIntent() });
    await delay(NEXT_PROBE_MS);
    expect(await broken.problem()).toBeNull();
    await broken.close(false);
  });

  it('is mended by itself when the directory was removed: a new one is made', async () => {
    await append();
    rmSync(join(dataDir, 'journal'), { recursive: true });
    expect(await journal.problem()).toBeNull();
    await append('later');
    expect(readdirSync(directory).some((name) => name.endsWith('.journal'))).toBe(true);
  });

  it('is reported when too much waits for the database', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await append(name);
    expect(await journal.problem()).toMatch(/^it is full/);
  });

  it('is reported when the disk does not respond', async () => {
    class SilentHome extends JournalHome {
      override ensure(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    mkdirSync(directory, { recursive: true });
    expect(await new SilentHome(directory, 60_000).probe()).toBe(DISK_SILENT);
  });

  test.each([
    ['ENOSPC', 'the disk is full (ENOSPC)'],
    ['EDQUOT', 'the disk quota is used up (EDQUOT)'],
    ['EIO', 'the disk reports an error (EIO)'],
    ['EROFS', 'the file system is read-only (EROFS)'],
    ['EWHAT', 'the disk cannot be written (EWHAT)'],
  ])('%s is said in words', (code, words) => {
    expect(diskProblem(Object.assign(new Error('/secret/path'), { code }))).toBe(words);
    expect(diskProblem('anything')).toBe('the disk cannot be written');
  });
});
