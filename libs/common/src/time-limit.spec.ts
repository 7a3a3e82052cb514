import { pause, within } from './time-limit.js';

const NEVER = new Promise<never>(() => undefined);

describe('within', () => {
  it('tells whether a promise was fulfilled in time', async () => {
    expect(await within(1_000, Promise.resolve())).toBe(true);
    expect(await within(1, NEVER)).toBe(false);
  });

  it('throws what the promise rejects with in time, and ignores a later rejection', async () => {
    await expect(within(1_000, Promise.reject(new Error('early')))).rejects.toThrow('early');
    const { promise, reject } = Promise.withResolvers<undefined>();
    expect(await within(1, promise)).toBe(false);
    reject(new Error('late'));
    await new Promise(setImmediate);
  });
});

describe('pause', () => {
  it('ends after its time', async () => {
    const start = performance.now();
    await pause(20, new AbortController().signal);
    expect(performance.now() - start).toBeGreaterThan(15);
  });

  it('ends without an error as soon as the signal aborts, or has aborted before', async () => {
    const stopping = new AbortController();
    const waiting = pause(60_000, stopping.signal);
    stopping.abort();
    await waiting;
    await pause(60_000, stopping.signal);
  });
});
