import { UnsettledCalls } from './unsettled-calls.js';

describe('UnsettledCalls', () => {
  it('waits for calls that run, however they end', async () => {
    const unsettledCalls = new UnsettledCalls();
    let fail: (error: Error) => void = () => undefined;
    const call = unsettledCalls.track(
      () => new Promise<void>((_resolve, reject) => (fail = reject)),
    );
    expect(unsettledCalls.count()).toBe(1);
    const drained = unsettledCalls.drained(10_000);
    fail(new Error('over'));
    await expect(call).rejects.toThrow('over');
    expect(await drained).toBe(true);
    expect(unsettledCalls.count()).toBe(0);
  });

  it('ends what listens, once, and nothing that has stopped listening', () => {
    const unsettledCalls = new UnsettledCalls();
    const [first, second] = [jest.fn(), jest.fn()];
    unsettledCalls.onEnding(first);
    unsettledCalls.onEnding(second)();
    expect(unsettledCalls.isEnding).toBe(false);
    unsettledCalls.endAll();
    unsettledCalls.endAll();
    expect(unsettledCalls.isEnding).toBe(true);
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).not.toHaveBeenCalled();
  });

  it('is drained only after the refusal of the last call has become an answer', async () => {
    const unsettledCalls = new UnsettledCalls();
    let refuse: (error: Error) => void = () => undefined;
    const call = unsettledCalls.track(
      () => new Promise<void>((_resolve, reject) => (refuse = reject)),
    );
    let isAnswered = false;
    const answered = (async () => {
      // As many layers as there may be between the call and the code that writes the response.
      for (let layer = 0; layer < 50; layer += 1) await Promise.resolve();
      await call.catch(() => undefined);
      for (let layer = 0; layer < 50; layer += 1) await Promise.resolve();
      isAnswered = true;
    })();
    const drained = unsettledCalls.drained(10_000);
    refuse(new Error('over'));
    await drained;
    expect(isAnswered).toBe(true);
    await answered;
  });

  it('reports false when a call has not ended within the time', async () => {
    const unsettledCalls = new UnsettledCalls();
    let end: () => void = () => undefined;
    const call = unsettledCalls.track(() => new Promise<void>((resolve) => (end = resolve)));
    expect(await unsettledCalls.drained(5)).toBe(false);
    end();
    await call;
    expect(await unsettledCalls.drained(5)).toBe(true);
  });
});
