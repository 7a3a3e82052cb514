import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import type { Database } from '#libs/database';
import { ManualClock } from '#support/manual-clock';
import { anIntent } from '#support/spend-harness';
import { Journal } from '../journal/journal.js';
import { SpendMaintenance } from './spend-maintenance.js';

describe('SpendMaintenance', () => {
  let root: string;

  beforeEach(() => {
    Logger.overrideLogger(false);
    root = mkdtempSync(join(tmpdir(), 'gatehouse-maintenance-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('ends calls without a journal although partitions, windows and an orphan fail for ever', async () => {
    const journal = new Journal({ directory: join(root, 'dead') });
    await journal.append({ kind: 'intent', intent: anIntent() });
    await journal.close(false);
    const unavailable = (): Promise<never> =>
      Promise.reject(new GatehouseError('database_unavailable'));
    const events: string[] = [];
    const database: Partial<Database> = {
      isReady: () => true,
      whenReady: () => Promise.resolve(),
      background: () => {
        events.push('database');
        return unavailable();
      },
    };
    const clock = new ManualClock();
    const maintenance = new SpendMaintenance({
      database: database as Database,
      clock,
      watch: { start: () => undefined, stop: () => Promise.resolve() },
      ledger: {
        sweepStartedBefore: (startedBefore) => {
          events.push(`sweep ${String((clock.nowMs() - startedBefore.getTime()) / 3_600_000)} h`);
          return Promise.resolve(0);
        },
      },
      adoption: {
        root,
        processId: 'me',
        ledger: {
          commit: () => {
            events.push('adoption');
            return unavailable();
          },
          sweepProcess: unavailable,
        },
      },
    });
    maintenance.start();
    await maintenance.orphansBooked();
    await maintenance.stop();
    expect(events).toEqual(['database', 'adoption', 'sweep 24 h', 'database']);
  });
});
