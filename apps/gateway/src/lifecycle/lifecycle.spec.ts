import { OpenRequests } from './lifecycle.js';

describe('Lifecycle', () => {
  it('is idle at once when nothing is in flight', async () => {
    await expect(new OpenRequests().idle(0)).resolves.toBe(true);
  });

  it('waits for every request that is in flight', async () => {
    const lifecycle = new OpenRequests();
    const [first, second] = [lifecycle.enter(), lifecycle.enter()];
    const idle = lifecycle.idle(60_000);
    first();
    first();
    let isIdle = false;
    void idle.then(() => (isIdle = true));
    await Promise.resolve();
    expect(isIdle).toBe(false);
    second();
    await expect(idle).resolves.toBe(true);
  });

  it('gives up when the grace time is over', async () => {
    const lifecycle = new OpenRequests();
    lifecycle.enter();
    await expect(lifecycle.idle(1)).resolves.toBe(false);
  });
});
