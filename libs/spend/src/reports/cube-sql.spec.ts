import { tableOf, type CubeDimension, type CubeScope } from './cube-sql.js';

describe('the roll-up of a report', () => {
  it.each<[string, CubeScope, CubeDimension[]]>([
    ['spend_daily_by_model', {}, ['day']],
    ['spend_daily_by_model', { anyModel: 'gpt-4o' }, ['day', 'provider']],
    ['spend_daily_by_model', { filter: { model_group: ['chat'] } }, ['call_type', 'model']],
    ['spend_daily', {}, ['model', 'client']],
    ['spend_daily', { only: 'team' }, ['model']],
    ['spend_daily', { filter: { user: ['alice'] } }, ['model']],
    ['spend_daily', { exclude: { key: ['key-1'] } }, ['day']],
    ['spend_daily_with_end_user', { only: 'end_user' }, ['model']],
    ['spend_daily_by_end_user', {}, ['day', 'end_user']],
    ['spend_daily_end_users', { only: 'end_user' }, ['end_user', 'model']],
    ['spend_daily_with_tag', { only: 'tag' }, ['day', 'model']],
    ['spend_daily_by_tag', { filter: { tag: ['blue'] } }, ['day']],
    ['spend_daily_tags', { only: 'team' }, ['tag']],
  ])('is %s for %o by %o, the smallest with its dimensions', (table, scope, groupBy) => {
    expect(tableOf(scope, groupBy)).toBe(table);
  });
});
