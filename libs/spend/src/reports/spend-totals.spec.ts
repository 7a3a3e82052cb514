import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import type { Database } from '#libs/database';
import type { SpendRecorder } from '../recording/spend-recorder.js';
import { SpendTotals } from './spend-totals.js';

/** Totals over a database that answers with what is given, while nothing can be booked. */
function totalsOver(read: () => Promise<unknown>): { totals: SpendTotals; limits: number[] } {
  const limits: number[] = [];
  const database: Partial<Database> = { read: () => read() as Promise<never> };
  const recorder: Partial<SpendRecorder> = {
    flushWithin: (limitMs) => {
      limits.push(limitMs);
      return Promise.resolve(false);
    },
  };
  const totals = new SpendTotals(database as Database, recorder as SpendRecorder);
  return { totals, limits };
}

describe('SpendTotals', () => {
  const rows = (): Promise<unknown> => Promise.resolve([{ id: 'a', spendUsd: '0.000000000007' }]);
  const unavailable = (): Promise<unknown> =>
    Promise.reject(new GatehouseError('database_unavailable'));
  const zero = new Map([['a', 0n]]);

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('are returned without the latest calls when these cannot be booked within two seconds', async () => {
    const { totals, limits } = totalsOver(rows);
    const expected = new Map([
      ['a', 7n],
      ['b', 0n],
    ]);
    expect(await totals.read('team', ['a', 'b'])).toEqual(expected);
    expect(await totals.readIfPossible('team', ['a', 'b'])).toEqual(expected);
    expect(limits).toEqual([2_000, 2_000]);
  });

  it('fail a view but not the answer to a change when they cannot be read', async () => {
    const { totals } = totalsOver(unavailable);
    await expect(totals.read('team', ['a'])).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    expect(await totals.readIfPossible('team', ['a'])).toEqual(zero);
  });

  it('keep the answer to a change waiting for two seconds at most', async () => {
    jest.useFakeTimers();
    try {
      const { totals } = totalsOver(() => new Promise(() => undefined));
      const reading = totals.readIfPossible('team', ['a']);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(await reading).toEqual(zero);
    } finally {
      jest.useRealTimers();
    }
  });
});
