import fc from 'fast-check';
import { isWindowDuration, windowAt, type WindowCalendar } from './window.js';

const UTC: WindowCalendar = { zone: 'UTC', resetTime: '00:00' };
const since = '2026-01-14T10:20:30.400Z';

function shown(duration: string | null, now: string, calendar = UTC): string[] {
  const { startMs, endMs } = windowAt({ duration, since }, calendar, Date.parse(now));
  return [startMs, endMs].map((ms) => new Date(ms).toISOString());
}

describe('the window of a cap', () => {
  it.each([
    ['30s', '2026-01-14T10:21:00.400Z', '2026-01-14T10:21:30.400Z'],
    ['90m', '2026-01-14T10:20:30.400Z', '2026-01-14T11:50:30.400Z'],
    ['36h', '2026-01-14T10:20:30.400Z', '2026-01-15T22:20:30.400Z'],
    ['24h', '2026-01-14T00:00:00.000Z', '2026-01-15T00:00:00.000Z'],
    ['1d', '2026-01-14T00:00:00.000Z', '2026-01-15T00:00:00.000Z'],
    ['7d', '2026-01-12T00:00:00.000Z', '2026-01-19T00:00:00.000Z'],
    ['1w', '2026-01-12T00:00:00.000Z', '2026-01-19T00:00:00.000Z'],
    ['30d', '2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
    ['1mo', '2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
    ['10d', '2026-01-14T00:00:00.000Z', '2026-01-24T00:00:00.000Z'],
    ['3mo', '2026-01-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
  ])('of %s is from %s to %s', (duration, start, end) => {
    expect(shown(duration, '2026-01-14T10:21:10.000Z')).toEqual([start, end]);
  });

  it.each([null, '0d', '5', 'month', '1y'])('of %p is for ever', (duration) => {
    const window = windowAt({ duration, since }, UTC, 0);
    expect(window).toEqual({ startMs: -Infinity, endMs: Infinity });
    expect(isWindowDuration(duration ?? '')).toBe(false);
  });

  it('begins at the reset time of the day in its zone, also on days of 23 and 25 hours', () => {
    const berlin = { zone: 'Europe/Berlin', resetTime: '04:30' };
    const day = ['2026-03-28T03:30:00.000Z', '2026-03-29T02:30:00.000Z'];
    expect(shown('1d', '2026-03-29T02:29:59.999Z', berlin)).toEqual(day);
    expect(shown('1d', '2026-10-25T03:29:00.000Z', berlin)).toEqual([
      '2026-10-24T02:30:00.000Z',
      '2026-10-25T03:30:00.000Z',
    ]);
  });

  it('is the earlier one after the clock was set back', () => {
    const later = shown('2h', '2026-01-14T12:30:00.000Z');
    expect(shown('2h', '2026-01-14T09:00:00.000Z')).toEqual([
      '2026-01-14T08:20:30.400Z',
      '2026-01-14T10:20:30.400Z',
    ]);
    expect(later[0]).toBe('2026-01-14T12:20:30.400Z');
  });
});

describe('windows of one rule', () => {
  const zones = fc.constantFrom(
    ...['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'America/New_York', 'Asia/Kathmandu'],
    ...['Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Kiritimati', 'Africa/Cairo'],
  );
  const resetTimes = fc.constantFrom('00:00', '00:30', '02:30', '12:00', '23:59');
  const durations = fc
    .tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom('s', 'm', 'h', 'd', 'w', 'mo'))
    .map(([count, unit]) => `${String(count)}${unit}`);
  const instants = fc.integer({
    min: Date.parse('2009-01-01T00:00:00Z'),
    max: Date.parse('2040-01-01T00:00:00Z'),
  });

  it('contain their instant and follow each other without gap or overlap, in every zone', () => {
    fc.assert(
      fc.property(
        fc.record({ zone: zones, resetTime: resetTimes }),
        fc.record({ duration: durations, since: instants.map((ms) => new Date(ms).toISOString()) }),
        instants,
        (calendar, rule, nowMs) => {
          const window = windowAt(rule, calendar, nowMs);
          expect(window.startMs).toBeLessThanOrEqual(nowMs);
          expect(window.endMs).toBeGreaterThan(nowMs);
          expect(windowAt(rule, calendar, window.startMs)).toEqual(window);
          expect(windowAt(rule, calendar, window.endMs - 1)).toEqual(window);
          expect(windowAt(rule, calendar, window.endMs).startMs).toBe(window.endMs);
          expect(windowAt(rule, calendar, window.startMs - 1).endMs).toBe(window.startMs);
        },
      ),
      { numRuns: 400 },
    );
  });
});
