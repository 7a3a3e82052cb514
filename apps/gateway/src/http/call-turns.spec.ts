import { setImmediate as nextTurn } from 'node:timers/promises';
import { CallTurns } from './call-turns.js';

function burst(size: number): { started: number[]; clients: { destroyed: boolean }[] } {
  const turns = new CallTurns();
  const started: number[] = [];
  const clients = Array.from({ length: size }, () => ({ destroyed: false }));
  for (const [index, client] of clients.entries()) turns.take(client, () => started.push(index));
  return { started, clients };
}

describe('CallTurns', () => {
  it('starts the first calls at once and the others in order, some in each turn of the event loop', async () => {
    const { started } = burst(10);
    expect(started).toEqual([0, 1, 2, 3]);
    await nextTurn();
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await nextTurn();
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('starts calls at once again after the burst', async () => {
    const turns = new CallTurns();
    const start = jest.fn();
    for (let call = 0; call < 5; call += 1) turns.take({ destroyed: false }, start);
    await nextTurn();
    expect(start).toHaveBeenCalledTimes(5);
    turns.take({ destroyed: false }, start);
    expect(start).toHaveBeenCalledTimes(6);
  });

  it('goes on behind calls whose clients have left meanwhile, and does not start those', async () => {
    const { started, clients } = burst(13);
    for (const index of [4, 5, 6, 7, 8]) Object.assign(clients[index] ?? {}, { destroyed: true });
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    expect(started).toEqual([0, 1, 2, 3, 9, 10, 11, 12]);
  });
});
