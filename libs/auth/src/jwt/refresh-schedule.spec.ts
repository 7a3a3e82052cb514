import { RefreshSchedule } from './refresh-schedule.js';

const COOLDOWN_MS = 30_000;

describe('when keys are asked for again', () => {
  test('a demand counts as an attempt and starts the cooldown; a load does not', () => {
    const schedule = new RefreshSchedule();
    schedule.succeeded();
    expect(schedule.takeDemand(0, COOLDOWN_MS)).toBe(true);
    expect(schedule.takeDemand(1, COOLDOWN_MS)).toBe(false);
    schedule.demandEnded(true, COOLDOWN_MS);
    expect(schedule.takeDemand(COOLDOWN_MS - 1, COOLDOWN_MS)).toBe(false);
    expect(schedule.takeDemand(COOLDOWN_MS, COOLDOWN_MS)).toBe(true);
  });

  test.each([0, 0.5, 1])(
    'failed demands come at most three times in a minute (jitter %d)',
    (jitter) => {
      const schedule = new RefreshSchedule(() => jitter);
      let attempts = 0;
      for (let now = 0; now < 60_000; now += 100) {
        if (schedule.takeDemand(now, COOLDOWN_MS)) {
          attempts += 1;
          schedule.failed(now, 'warm');
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
        schedule.failed(now, 'cold');
        expect(schedule.mayLoad(now)).toBe(false);
        expect(schedule.pauseMs(now)).toBeLessThan(10_000);
        now += schedule.pauseMs(now);
      }
    },
  );

  test('success ends every pause but the cooldown', () => {
    const schedule = new RefreshSchedule();
    schedule.takeDemand(0, COOLDOWN_MS);
    schedule.failed(0, 'warm');
    schedule.succeeded();
    expect(schedule.mayLoad(0)).toBe(true);
    expect(schedule.takeDemand(1, COOLDOWN_MS)).toBe(false);
  });
});
