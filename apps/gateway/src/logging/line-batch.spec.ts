import { setTimeout as delay } from 'node:timers/promises';
import { flushBatches, LineBatch } from './line-batch.js';

const LONGER_THAN_A_LINE_WAITS_MS = 50;

describe('a batch of log lines', () => {
  const written: string[] = [];
  const target = {
    write: (lines: string) => written.push(lines),
    flushSync: () => written.push('flush'),
  };

  beforeEach(() => {
    written.length = 0;
  });

  it('hands on the lines of some milliseconds at once, in their order', async () => {
    const batch = new LineBatch(target);
    batch.write('a\n');
    batch.write('b\n');
    expect(written).toEqual([]);
    await delay(LONGER_THAN_A_LINE_WAITS_MS);
    expect(written).toEqual(['a\nb\n']);
    batch.write('c\n');
    await delay(LONGER_THAN_A_LINE_WAITS_MS);
    expect(written).toEqual(['a\nb\n', 'c\n']);
  });

  it('keeps back no more than a pipe takes', async () => {
    const batch = new LineBatch(target);
    batch.write('x'.repeat(65_536));
    batch.write('\n');
    expect(written).toEqual([`${'x'.repeat(65_536)}\n`]);
    await delay(LONGER_THAN_A_LINE_WAITS_MS);
    expect(written).toHaveLength(1);
  });

  it.each([
    ['when it is flushed', (batch: LineBatch) => batch.flushSync()],
    ['when the process exits', () => flushBatches()],
  ])('writes at once %s', async (_when, flush) => {
    const batch = new LineBatch(target);
    batch.write('a\n');
    flush(batch);
    expect(written).toEqual(['a\n', 'flush']);
    await delay(LONGER_THAN_A_LINE_WAITS_MS);
    expect(written).toHaveLength(2);
  });
});
