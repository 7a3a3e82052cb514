import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { eventually } from '#support/eventually';
import { anIntent } from '#support/spend-harness';
import { Journal } from './journal.js';
import type { JournalRecord } from './journal-record.js';
import { createSegmentFile, type SegmentFile } from './segment-file.js';
import { SYNC_LIMIT_MS, type Durability } from './segment-writer.js';

/** Files of a journal whose writes and syncs are counted, and whose syncs wait while they are held. */
class CountedFiles {
  writes = 0;
  begun = 0;
  ended = 0;
  failure: Error | null = null;
  private gate: Promise<void> = Promise.resolve();

  /** Lets no sync end until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.gate = promise;
    return () => {
      resolve(undefined);
    };
  }

  readonly openFile = (path: string): SegmentFile => {
    const file = createSegmentFile(path);
    return {
      write: (bytes, offset, position) => {
        this.writes += 1;
        return file.write(bytes, offset, position);
      },
      datasync: async () => {
        this.begun += 1;
        await this.gate;
        if (this.failure !== null) throw this.failure;
        await file.datasync();
        this.ended += 1;
      },
      truncate: (length) => {
        file.truncate(length);
      },
      close: () => {
        file.close();
      },
    };
  };
}

describe('The durability of a journal', () => {
  let root: string;
  let files: CountedFiles;
  let journal: Journal;

  const start = (durability?: Durability): void => {
    files = new CountedFiles();
    const { openFile } = files;
    const directory = join(root, 'process-1');
    journal = new Journal({
      directory,
      openFile,
      ...(durability === undefined ? {} : { durability }),
    });
  };
  const record = (requestId: string): JournalRecord => ({
    kind: 'intent',
    intent: anIntent({ requestId }),
  });
  const appended = (count: number): Promise<unknown> =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        await journal.append(record(String(index)));
      }),
    );

  beforeEach(() => {
    Logger.overrideLogger(false);
    root = mkdtempSync(join(tmpdir(), 'gatehouse-durability-'));
  });
  afterEach(async () => {
    await journal.close(false);
    rmSync(root, { recursive: true, force: true });
  });

  it('disk has synced every record when append resolves', async () => {
    start('disk');
    for (const count of [1, 2, 3]) {
      await appended(1);
      expect(files.ended).toBe(count);
    }
  });

  it('disk resolves no append while the sync has not ended', async () => {
    start('disk');
    const release = files.hold();
    let isResolved = false;
    const call = appended(1).then(() => (isResolved = true));
    await eventually(() => {
      expect(files.begun).toBe(1);
    });
    expect(isResolved).toBe(false);
    release();
    await call;
    expect(files.ended).toBe(1);
  });

  it('disk shares one write and one sync between records that wait at the same time', async () => {
    start('disk');
    await appended(50);
    expect([files.writes, files.ended]).toEqual([1, 1]);
    const release = files.hold();
    const first = journal.append(record('first'));
    await eventually(() => {
      expect(files.begun).toBe(2);
    });
    const others = appended(20);
    release();
    await Promise.all([first, others]);
    expect([files.writes, files.ended]).toEqual([3, 3]);
  });

  it('disk refuses the append whose sync failed', async () => {
    start('disk');
    files.failure = Object.assign(new Error('i/o'), { code: 'EIO' });
    await expect(appended(1)).rejects.toMatchObject({ code: 'spend_journal_unavailable' });
  });

  it.each([['process'], [undefined]] as const)(
    '%s resolves an append that is written and not synced, and syncs it within the limit',
    async (durability) => {
      start(durability);
      const begin = performance.now();
      await appended(10);
      await appended(1);
      expect(files.writes).toBe(2);
      // The first sync begins half of the limit after the first write.
      if (performance.now() - begin < SYNC_LIMIT_MS / 2) expect(files.begun).toBe(0);
      await eventually(() => {
        expect(files.ended).toBe(1);
      });
    },
  );

  it('process goes on while a sync is stuck, and syncs again what came in the meantime', async () => {
    start('process');
    const release = files.hold();
    await appended(1);
    await eventually(() => {
      expect(files.begun).toBe(1);
    });
    await appended(5);
    expect(files.ended).toBe(0);
    release();
    await eventually(() => {
      expect(files.ended).toBe(2);
    });
  });

  it('process syncs once what came during a sync when the journal is closed meanwhile', async () => {
    start('process');
    const release = files.hold();
    await appended(1);
    await eventually(() => {
      expect(files.begun).toBe(1);
    });
    await appended(1);
    const closing = journal.close(false);
    release();
    await closing;
    await delay(SYNC_LIMIT_MS);
    expect([files.begun, files.ended]).toEqual([2, 2]);
  });

  it('process syncs what is left when the journal is closed', async () => {
    start('process');
    await appended(1);
    await journal.close(false);
    expect(files.ended).toBe(1);
  });

  it('process reports a sync that failed and goes on in a new segment', async () => {
    const errors: string[] = [];
    const ignored = (): void => undefined;
    const error = (message: string): void => void errors.push(message);
    Logger.overrideLogger({ log: ignored, warn: ignored, error });
    start('process');
    files.failure = Object.assign(new Error('i/o'), { code: 'EIO' });
    await appended(1);
    await eventually(() => {
      expect(errors.join('\n')).toMatch(/cannot sync: Error: i\/o; a loss of power may lose spend/);
    });
    files.failure = null;
    await appended(1);
    await eventually(() => {
      expect(files.ended).toBe(1);
    });
    expect(await readdir(join(root, 'process-1'))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/1\.journal$/),
        expect.stringMatching(/2\.journal$/),
      ]),
    );
  });
});
