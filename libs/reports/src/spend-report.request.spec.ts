import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { filterOf, SpendReportRequest } from './spend-report.request.js';

const FILTERS = [
  'organisation',
  'team',
  'user',
  'end_user',
  'model',
  'key',
  'issuer',
  'tag',
  'client',
];
const requestOf = (query: object) =>
  plainToInstance(SpendReportRequest, { group_by: 'day', ...query });
const refusedOf = async (query: object) =>
  (await validate(requestOf(query))).map(({ property }) => property);

describe('the filters of a report on spend', () => {
  it.each(FILTERS)('refuse an empty %s, which would show everything or nothing', async (name) => {
    for (const value of ['', ' ', ',', ' , ,', ['a', 'b'], 'a'.repeat(8_193)])
      expect(await refusedOf({ [name]: value })).toEqual([name]);
    expect(await refusedOf({ [name]: 'a, b' })).toEqual([]);
  });

  it('are lists, and absent where they are left out', async () => {
    expect(filterOf(requestOf({ team: 'a, b,' }))).toEqual({ team: ['a', 'b'] });
    expect(await refusedOf({})).toEqual([]);
  });

  it('refuse an empty cursor, which would begin at the first page again', async () => {
    expect(await refusedOf({ cursor: '' })).toEqual(['cursor']);
  });
});
