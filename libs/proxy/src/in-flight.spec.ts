import { InFlight } from './in-flight.js';

describe('InFlight', () => {
  it('waits for calls that run, however they end', async () => {
    const inFlight = new InFlight();
    let fail: (error: Error) => void = () => undefined;
    const call = inFlight.track(() => new Promise<void>((_resolve, reject) => (fail = reject)));
    expect(inFlight.count()).toBe(1);
    const drained = inFlight.drained(10_000);
    fail(new Error('over'));
    await expect(call).rejects.toThrow('over');
    expect(await drained).toBe(true);
    expect(inFlight.count()).toBe(0);
  });

  it('says so when it waited in vain', async () => {
    const inFlight = new InFlight();
    let end: () => void = () => undefined;
    const call = inFlight.track(() => new Promise<void>((resolve) => (end = resolve)));
    expect(await inFlight.drained(5)).toBe(false);
    end();
    await call;
    expect(await inFlight.drained(5)).toBe(true);
  });
});
