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

  it('ends what listens, once, and nothing that has stopped listening', () => {
    const inFlight = new InFlight();
    const [first, second] = [jest.fn(), jest.fn()];
    inFlight.onEnding(first);
    inFlight.onEnding(second)();
    expect(inFlight.isEnding).toBe(false);
    inFlight.endAll();
    inFlight.endAll();
    expect(inFlight.isEnding).toBe(true);
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).not.toHaveBeenCalled();
  });

  it('is drained only after the refusal of the last call has become an answer', async () => {
    const inFlight = new InFlight();
    let refuse: (error: Error) => void = () => undefined;
    const call = inFlight.track(() => new Promise<void>((_resolve, reject) => (refuse = reject)));
    let isAnswered = false;
    const answered = (async () => {
      // As many layers as there may be between the call and whoever answers.
      for (let layer = 0; layer < 50; layer += 1) await Promise.resolve();
      await call.catch(() => undefined);
      for (let layer = 0; layer < 50; layer += 1) await Promise.resolve();
      isAnswered = true;
    })();
    const drained = inFlight.drained(10_000);
    refuse(new Error('over'));
    await drained;
    expect(isAnswered).toBe(true);
    await answered;
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
