import { Logger } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { ProcessWatch } from './process-watch.js';

const ROUND_MS = 2_000;

describe('ProcessWatch', () => {
  let events: string[];
  let isDown: boolean;
  let heldUpMs: number;
  let watch: ProcessWatch;

  beforeEach(() => {
    Logger.overrideLogger(false);
    jest.useFakeTimers({ now: 1_000_000 });
    events = [];
    isDown = false;
    heldUpMs = 0;
    const note = async (event: string): Promise<void> => {
      if (isDown) throw new GatehouseError('database_unavailable');
      events.push(event);
      if (heldUpMs > 0) await new Promise((resolve) => setTimeout(resolve, heldUpMs));
    };
    watch = new ProcessWatch({
      ledger: {
        renewProcess: () => note('renew'),
        sweepSilent: async () => {
          await note('sweep');
          return 0;
        },
      },
      processId: 'me',
      leaseSeconds: () => 60,
    });
    watch.start();
  });
  afterEach(async () => {
    await watch.stop();
    jest.useRealTimers();
  });

  const rounds = (count: number): Promise<void> => jest.advanceTimersByTimeAsync(count * ROUND_MS);

  it('leaves the others alone for a round at first, and shows that this process lives in each', async () => {
    await rounds(3);
    expect(events).toEqual(['renew', 'renew', 'sweep', 'renew', 'sweep']);
  });

  it('makes the process known once, before a round where its first call is booked before', async () => {
    await Promise.all([watch.register(), watch.register()]);
    await watch.register();
    expect(events).toEqual(['renew']);
  });

  it('leaves the others alone for a round after the database was away', async () => {
    await rounds(3);
    isDown = true;
    await rounds(2);
    isDown = false;
    events = [];
    await rounds(1);
    expect(events).toEqual(['renew']);
    await rounds(1);
    expect(events.slice(1)).toEqual(['renew', 'sweep']);
  });

  it('leaves the others alone in a round in which it was held up for half a lease', async () => {
    await rounds(3);
    events = [];
    heldUpMs = 31_000;
    await rounds(1);
    heldUpMs = 0;
    await jest.advanceTimersByTimeAsync(31_000);
    expect(events).toEqual(['renew']);
    await rounds(1);
    expect(events.slice(1)).toEqual(['renew', 'sweep']);
  });

  it('does nothing once it has ended', async () => {
    await rounds(2);
    await watch.stop();
    events = [];
    await rounds(3);
    expect(events).toEqual([]);
  });
});
