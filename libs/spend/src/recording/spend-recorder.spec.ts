import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { anIntent, anOutcome } from '#support/spend-harness';
import type { Journal } from '../journal/journal.js';
import type { JournalRecord } from '../journal/journal-record.js';
import type { LedgerFlusher } from '../ledger/ledger-flusher.js';
import { SpendRecorder } from './spend-recorder.js';

/** A recorder whose disk or database can be made to fail. */
function recorderOn(state: {
  isDiskFull: boolean;
  isDatabaseDown: boolean;
  isFull: boolean;
  isDatabaseStuck?: boolean;
  isDiskGone?: boolean;
}): { recorder: SpendRecorder; events: string[] } {
  const events: string[] = [];
  const unavailable = (): Promise<void> =>
    Promise.reject(new GatehouseError('database_unavailable'));
  const unrecorded = (): Promise<void> =>
    Promise.reject(new GatehouseError('spend_journal_unavailable'));
  const note = (event: string): Promise<void> => {
    events.push(event);
    return Promise.resolve();
  };
  const journal: Partial<Journal> = {
    get isFull() {
      return state.isFull;
    },
    sizeBytes: 1,
    processId: 'me',
    append: ({ kind }: JournalRecord) => (state.isDiskFull ? unrecorded() : note(kind)),
    seal: () => note('seal'),
    close: (isDrained: boolean) =>
      state.isDiskGone === true
        ? Promise.reject(new Error('ENOENT'))
        : note(isDrained ? 'close drained' : 'close'),
  };
  const flusher: Partial<LedgerFlusher> = {
    isDrained: true,
    flush: () => {
      if (state.isDatabaseStuck === true) return new Promise(() => undefined);
      return state.isDatabaseDown ? unavailable() : note('flush');
    },
    commitUnplaced: ({ kind }: JournalRecord) =>
      state.isDatabaseDown ? unavailable() : note(`${kind} in the database`),
    stop: () => note('stop'),
  };
  const recorder = new SpendRecorder({
    journal: journal as Journal,
    flusher: flusher as LedgerFlusher,
    ledger: {
      sweepProcess: async () => {
        await note('sweep');
        return 0;
      },
    },
    maintenance: {
      orphansBooked: () => Promise.resolve(),
      stop: () => note('stop maintenance'),
    },
  });
  return { recorder, events };
}

describe('SpendRecorder', () => {
  const works = { isDiskFull: false, isDatabaseDown: false, isFull: false };
  const intent = anIntent();

  beforeAll(() => {
    Logger.overrideLogger(false);
  });

  it('refuses new calls when the disk does not take them', async () => {
    const { recorder } = recorderOn({ ...works, isDiskFull: true });
    await expect(recorder.open(intent)).rejects.toMatchObject({
      code: 'spend_journal_unavailable',
    });
  });

  it('refuses new calls when too much waits for the database, and still takes the ends of old ones', async () => {
    const { recorder, events } = recorderOn({ ...works, isFull: true });
    await expect(recorder.open(intent)).rejects.toMatchObject({
      code: 'spend_journal_unavailable',
      retryAfterSeconds: 5,
    });
    await recorder.settle(intent, anOutcome());
    expect(events).toEqual(['settlement']);
  });

  it('commits the end of a call to the database when the disk is full', async () => {
    const { recorder, events } = recorderOn({ ...works, isDiskFull: true });
    await recorder.settle(intent, anOutcome());
    await recorder.release(intent);
    expect(events).toEqual(['settlement in the database', 'release in the database']);
  });

  it('says so when neither disk nor database take the end of a call', async () => {
    const { recorder } = recorderOn({ ...works, isDiskFull: true, isDatabaseDown: true });
    await expect(recorder.settle(intent, anOutcome())).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  });

  it('takes no new call once it drains, books the open ones, and closes once', async () => {
    const { recorder, events } = recorderOn({ ...works });
    const draining = recorder.drained();
    await expect(recorder.open(intent)).rejects.toMatchObject({ code: 'shutting_down' });
    await Promise.all([draining, recorder.beforeApplicationShutdown()]);
    expect(events).toEqual([
      'stop maintenance',
      'flush',
      'seal',
      'flush',
      'sweep',
      'seal',
      'stop',
      'close drained',
    ]);
  });

  it('keeps the journal when the database is away at the end', async () => {
    const { recorder, events } = recorderOn({ ...works, isDatabaseDown: true });
    await recorder.drained();
    expect(events).toEqual(['stop maintenance', 'seal', 'stop', 'close']);
  });

  it('ends in good order when the data directory is gone', async () => {
    const { recorder, events } = recorderOn({ ...works, isDiskGone: true });
    await recorder.drained();
    expect(events.at(-1)).toBe('stop');
  });

  it('says whether everything is booked, and neither fails nor waits longer than it may', async () => {
    const responses = await Promise.all([
      recorderOn({ ...works }).recorder.flushWithin(60_000),
      recorderOn({ ...works, isDatabaseDown: true }).recorder.flushWithin(60_000),
      recorderOn({ ...works, isDatabaseStuck: true }).recorder.flushWithin(5),
    ]);
    expect(responses).toEqual([true, false, false]);
  });
});
