import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { StopSignals } from './stop-signals.js';

describe('StopSignals', () => {
  const source = new EventEmitter();
  let ends: number[];
  let stop: StopSignals;

  beforeEach(() => {
    source.removeAllListeners();
    ends = [];
    stop = new StopSignals(source, (code) => ends.push(code));
  });

  test.each(['SIGTERM', 'SIGINT'])('%s is remembered for those who ask later', async (signal) => {
    expect(stop.isRequested).toBe(false);
    source.emit(signal, signal);
    expect(stop.isRequested).toBe(true);
    await expect(stop.requested).resolves.toBe(signal);
  });

  test('a signal that arrives twice within half a second is one', () => {
    source.emit('SIGINT', 'SIGINT');
    source.emit('SIGTERM', 'SIGTERM');
    expect(ends).toEqual([]);
  });

  test('a second signal ends the process with 1, after the listener', async () => {
    const told: string[] = [];
    stop.beforeSecond((signal) => told.push(signal));
    source.emit('SIGTERM', 'SIGTERM');
    await delay(520);
    source.emit('SIGINT', 'SIGINT');
    expect({ told, ends }).toEqual({ told: ['SIGINT'], ends: [1] });
  });
});
