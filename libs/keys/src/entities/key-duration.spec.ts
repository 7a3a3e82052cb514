import { endOfDuration } from './key-duration.js';

const now = new Date('2026-01-31T12:00:00.000Z');

describe('the end of a duration', () => {
  it.each([
    ['30s', '2026-01-31T12:00:30.000Z'],
    ['30m', '2026-01-31T12:30:00.000Z'],
    ['30h', '2026-02-01T18:00:00.000Z'],
    ['30d', '2026-03-02T12:00:00.000Z'],
    ['1w', '2026-02-07T12:00:00.000Z'],
    ['1mo', '2026-02-28T12:00:00.000Z'],
    ['2mo', '2026-03-31T12:00:00.000Z'],
    ['25mo', '2028-02-29T12:00:00.000Z'],
  ])('%s from now is %s', (duration, end) => {
    expect(endOfDuration(duration, now)?.toISOString()).toBe(end);
  });

  it('that never comes is null', () => {
    expect(endOfDuration('-1', now)).toBeNull();
  });

  it.each([
    '',
    '0d',
    '-2',
    '1',
    'd',
    '1y',
    '1 d',
    '1.5h',
    '01d',
    '1D',
    '999999999d',
    '999999999mo',
  ])('is refused for %j', (duration) => {
    expect(endOfDuration(duration, now)).toBeUndefined();
  });
});
