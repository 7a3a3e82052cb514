import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { DailyActivityRequest } from './daily-activity.request.js';
import { daysOf, throughNow } from './report-days.request.js';

/** Eight in the evening at UTC-8. */
const NOW = new Date('2026-11-30T04:00:00Z');
const daysIn = (end_date: string, timezone: number) =>
  throughNow(daysOf({ start_date: '2026-11-01', end_date }, NOW), timezone, NOW);
const faultsOf = async (query: object): Promise<string[]> =>
  (await validate(plainToInstance(DailyActivityRequest, query))).map(({ property }) => property);

describe('the days of an activity', () => {
  it.each([
    ['the caller’s today, a day behind UTC', '2026-11-29', 480, '2026-11-30'],
    ['an earlier day', '2026-11-28', 480, '2026-11-28'],
    ['the present day of UTC', '2026-11-30', 480, '2026-11-30'],
    ['the caller’s today, which is that of UTC', '2026-11-30', -60, '2026-11-30'],
    ['an earlier day east of UTC', '2026-11-29', -840, '2026-11-29'],
    ['an earlier day without an offset', '2026-11-29', 0, '2026-11-29'],
  ])('go up to %s', (_what, end, timezone, to) => {
    expect(daysIn(end, timezone)).toEqual({ from: '2026-11-01', to });
  });

  it('take the offset that browsers send', async () => {
    expect(await faultsOf({ timezone: '480' })).toEqual([]);
    expect(await faultsOf({ timezone: '-840' })).toEqual([]);
    for (const timezone of ['841', 'PST', '1.5'])
      expect(await faultsOf({ timezone })).toEqual(['timezone']);
  });
});
