import { isGatehouseError } from '#libs/common';
import { isAsked, pageOf, pageRequestOf, requireOwnTeam } from './models-query.js';

const all = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));

function page(query: Record<string, unknown>) {
  const { models, hasMore } = pageOf(all, pageRequestOf(query));
  return [models.map(({ name }) => name).join(''), hasMore];
}

function refusal(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    if (isGatehouseError(error, 'request_invalid')) return error.param;
    throw error;
  }
}

describe('a page of a list of models', () => {
  it.each([
    ['the first 20', {}, ['abcde', false]],
    ['the first of a limit', { limit: '2' }, ['ab', true]],
    ['what follows an id', { limit: '2', after_id: 'b' }, ['cd', true]],
    ['the last', { limit: '2', after_id: 'c' }, ['de', false]],
    ['nothing behind the last id', { after_id: 'e' }, ['', false]],
    ['what is directly before an id', { limit: '2', before_id: 'd' }, ['bc', true]],
    ['the beginning before an id', { limit: '2', before_id: 'c' }, ['ab', false]],
  ])('is %s', (_what, query, expected) => {
    expect(page(query)).toEqual(expected);
  });

  it.each([
    ['limit', { limit: '0' }],
    ['limit', { limit: '1001' }],
    ['limit', { limit: 'all' }],
    ['limit', { limit: ['1', '2'] }],
    ['after_id', { after_id: 'x' }],
    ['after_id', { after_id: ['a', 'b'] }],
    ['before_id', { before_id: 'x' }],
    ['before_id', { before_id: 'b', after_id: 'a' }],
  ])('is refused for its %s', (param, query) => {
    expect(refusal(() => page(query))).toBe(param);
  });
});

describe('the query of a list of models', () => {
  it.each(['true', 'True', '1', 'yes', 'on'])('asks by %s', (value) => {
    expect(isAsked({ one: value }, 'one')).toBe(true);
  });

  it.each([undefined, '', 'false', '0', ['true', 'true'], {}])('does not ask by %j', (value) => {
    expect(isAsked({ one: value }, 'one')).toBe(false);
  });

  it('names no team but that of the call', () => {
    const access = { attribution: { teamId: 'research' } } as never;
    expect(refusal(() => requireOwnTeam({}, access))).toBeNull();
    expect(refusal(() => requireOwnTeam({ team_id: 'research' }, access))).toBeNull();
    expect(refusal(() => requireOwnTeam({ team_id: 'other' }, access))).toBe('team_id');
    expect(refusal(() => requireOwnTeam({ team_id: ['research', 'x'] }, access))).toBe('team_id');
  });
});
