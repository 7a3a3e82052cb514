import { isGatehouseError } from '#libs/common';
import { LinkState } from './connection-state.js';

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('LinkState', () => {
  it('refuses at once before the first connection', async () => {
    const link = new LinkState(60_000);
    expect(isGatehouseError(await failureOf(link.usable()), 'database_unavailable')).toBe(true);
  });

  it('makes callers wait for recovery after a loss, and lets them go together', async () => {
    const link = new LinkState(60_000);
    link.ready();
    link.lost('connection lost: ECONNRESET');
    const waiting = [link.usable(), link.usable(), link.whenReady()];
    expect(link.problem).toBe('connection lost: ECONNRESET');
    link.ready();
    await Promise.all(waiting);
    expect(link.problem).toBeNull();
  });

  it('refuses when the grace of the loss is over, however often it is reported', async () => {
    const link = new LinkState(0);
    link.ready();
    link.lost('first');
    link.lost('second');
    const error = await failureOf(link.usable());
    expect(error).toMatchObject({ retryAfterSeconds: 2, context: { problem: 'second' } });
  });

  it('refuses everybody for good once closed', async () => {
    const link = new LinkState(60_000);
    const waiting = failureOf(link.whenReady());
    link.close();
    link.ready();
    expect(link.isReady).toBe(false);
    expect(isGatehouseError(await waiting, 'database_unavailable')).toBe(true);
    expect(isGatehouseError(await failureOf(link.whenReady()))).toBe(true);
    expect(isGatehouseError(await failureOf(link.usable()))).toBe(true);
  });
});
