import { RefreshSchedule } from './refresh-schedule.js';

const COOLDOWN_MS = 30_000;

describe('when keys are asked for again', () => {
  test('a demand counts as an attempt and starts the cooldown; a load does not', () => {
    const schedule = new RefreshSchedule();
    schedule.succeeded();
    expect(schedule.tryOnDemandRefresh(0, COOLDOWN_MS)).toBe(true);
    expect(schedule.tryOnDemandRefresh(1, COOLDOWN_MS)).toBe(false);
    schedule.demandEnded(true, COOLDOWN_MS);
    expect(schedule.tryOnDemandRefresh(COOLDOWN_MS - 1, COOLDOWN_MS)).toBe(false);
    expect(schedule.tryOnDemandRefresh(COOLDOWN_MS, COOLDOWN_MS)).toBe(true);
  });

  test.each([0, 0.5, 1])(
    'failed demands come at most three times in a minute (jitter %d)',
    (jitter) => {
      const schedule = new RefreshSchedule(() => jitter);
      let attempts = 0;
      for (let now = 0; now < 60_000; now += 100) {
        if (schedule.tryOnDemandRefresh(now, COOLDOWN_MS)) {
          attempts += 1;
          schedule.failed(now, Infinity);
          schedule.demandEnded(false, COOLDOWN_MS);
        }
      }
      expect(attempts).toBeLessThanOrEqual(3);
    },
  );

  test.each([0, 0.5, 1])(
    'a cold source is asked again within ten seconds for ever (jitter %d)',
    (jitter) => {
      const schedule = new RefreshSchedule(() => jitter);
      let now = 0;
      for (let failures = 0; failures < 100; failures += 1) {
        expect(schedule.mayLoad(now)).toBe(true);
        schedule.failed(now, 0);
        expect(schedule.mayLoad(now)).toBe(false);
        expect(schedule.pauseMs(now)).toBeLessThan(10_000);
        now += schedule.pauseMs(now);
      }
    },
  );

  test.each([0, 0.5, 1])(
    'no pause outlasts the last good keys, and then a cold start begins (jitter %d)',
    (jitter) => {
      const schedule = new RefreshSchedule(() => jitter);
      const hardAgeMs = 200_000;
      const attempts: number[] = [];
      for (let now = 0; now < hardAgeMs + 30_000; now += schedule.pauseMs(now)) {
        attempts.push(now);
        schedule.failed(now, Math.max(0, hardAgeMs - now));
      }
      expect(attempts).toContain(hardAgeMs);
      const cold = attempts.filter((at) => at >= hardAgeMs);
      const pauses = cold.slice(1).map((at, index) => at - (cold[index] ?? 0));
      expect(pauses[0]).toBeLessThanOrEqual(1_100);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(5_500);
    },
  );

  test('an outage behind a recovery begins with the shortest pause', () => {
    const schedule = new RefreshSchedule(() => 0.5);
    for (let count = 0; count < 5; count += 1) schedule.failed(0, 0);
    schedule.succeeded();
    schedule.failed(0, 0);
    expect(schedule.pauseMs(0)).toBe(1_000);
  });

  test('success ends every pause but the cooldown', () => {
    const schedule = new RefreshSchedule();
    schedule.tryOnDemandRefresh(0, COOLDOWN_MS);
    schedule.failed(0, Infinity);
    schedule.succeeded();
    expect(schedule.mayLoad(0)).toBe(true);
    expect(schedule.tryOnDemandRefresh(1, COOLDOWN_MS)).toBe(false);
  });
});
