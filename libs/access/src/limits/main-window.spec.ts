import { parseUsd } from '#libs/common';
import type { Limits } from './limits.js';
import { mainWindowAt } from './main-window.js';

const calendar = { zone: 'UTC', resetTime: '00:00' };
const ms = (iso: string): number => Date.parse(iso);
const day = { duration: '1d', since: '2026-03-01T00:00:00Z' };
const noon = { at: '2026-03-10T12:00:00Z', spent: '2' };
const evening = { at: '2026-03-10T20:00:00Z', spent: '0' };

describe('the window of max_budget', () => {
  it.each<[string, Limits['restarts'], string, [start: string, end: string, carried: string]]>([
    ['is that of its duration', [], '13:00', ['10T00:00', '11T00:00', '0']],
    ['ends where it is to begin anew', [noon], '11:59', ['10T00:00', '10T12:00', '0']],
    ['begins where it began anew', [noon], '12:00', ['10T12:00', '11T00:00', '2']],
    ['lies between two of them', [evening, noon], '19:00', ['10T12:00', '10T20:00', '2']],
    ['begins with the last of them', [noon, evening], '21:00', ['10T20:00', '11T00:00', '0']],
  ])('%s', (_what, restarts, time, [start, end, carried]) => {
    const found = mainWindowAt(
      { ...(restarts && { restarts }) },
      day,
      calendar,
      ms(`2026-03-10T${time}Z`),
    );
    expect(found).toEqual({
      window: { startMs: ms(`2026-03-${start}Z`), endMs: ms(`2026-03-${end}Z`) },
      carriedPico: parseUsd(carried),
    });
  });

  it('is not touched by what began another window anew, and what was carried ends with its window', () => {
    const found = mainWindowAt({ restarts: [noon] }, day, calendar, ms('2026-03-11T12:00:00Z'));
    expect(found).toEqual({
      window: { startMs: ms('2026-03-11T00:00Z'), endMs: ms('2026-03-12T00:00Z') },
      carriedPico: 0n,
    });
  });

  it('without a duration is for ever from then on', () => {
    const forever = { duration: null, since: '' };
    const found = mainWindowAt({ restarts: [noon] }, forever, calendar, ms('2027-01-01T00:00:00Z'));
    expect(found).toEqual({
      window: { startMs: ms(noon.at), endMs: Infinity },
      carriedPico: parseUsd('2'),
    });
  });

  it('follows the one before without a gap', () => {
    const restarts = [noon, evening];
    let at = ms('2026-03-09T00:00:00Z');
    while (at < ms('2026-03-13T00:00:00Z')) {
      const { window } = mainWindowAt({ restarts }, day, calendar, at);
      expect(window.startMs).toBeLessThanOrEqual(at);
      expect(mainWindowAt({ restarts }, day, calendar, window.endMs).window.startMs).toBe(
        window.endMs,
      );
      at = window.endMs;
    }
  });
});
