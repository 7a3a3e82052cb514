import type { ClaimFields } from '#libs/config';
import { isGatehouseError } from '#libs/common';
import { aClaim, claimFields } from '#support/jwt-settings';
import { mapTeams } from './team-claims.js';

const teams = (
  claims: Record<string, unknown>,
  fields: Partial<ClaimFields>,
  defaultTeamId: string | null = null,
) =>
  mapTeams(
    claims,
    claimFields({ isTeamSoft: fields.teamId === undefined, ...fields }),
    defaultTeamId,
  );

const SINGLE = { teamId: aClaim('team') };
const LIST = { teamIds: aClaim('groups') };

describe('a list of teams', () => {
  const named = (count: number) => Array.from({ length: count }, (_, n) => `team-${String(n)}`);

  test('is evaluated whole or not at all: one that is too long is refused', () => {
    expect(teams({ groups: named(1_000) }, LIST).listed).toHaveLength(1_000);
    const tooMany = () => teams({ groups: named(1_001) }, LIST);
    expect(tooMany).toThrow('The token lists more teams than can be evaluated.');
    try {
      tooMany();
    } catch (error) {
      expect(isGatehouseError(error, 'groups_unresolved') && error.context).toEqual({
        problem: 'the token lists more than 1000 teams',
        configKey: 'general_settings.litellm_jwtauth.team_ids_jwt_field',
      });
    }
  });

  test('counts only the entries that remain after groups outside the pattern were left out', () => {
    const groups = [...named(5_000), 'llm-research', 'llm-research'];
    const teamIds = { ...aClaim('groups'), regex: '^llm-(.+)$' };
    expect(teams({ groups }, { teamIds }).listed).toEqual(['research']);
  });
});

describe('the one team of a token', () => {
  test('is that of its claim, of a list with one member that member', () => {
    expect(teams({ team: 'one' }, SINGLE)).toMatchObject({ teamId: 'one', source: 'claim' });
    expect(teams({ team: ['one'] }, SINGLE)).toMatchObject({ teamId: 'one', source: 'claim' });
    expect(teams({ team: [7] }, SINGLE).teamId).toBeNull();
    for (const team of [['one', 'two'], [7, 'two'], [['one']]]) {
      expect(() => teams({ team }, SINGLE)).toThrow(
        expect.objectContaining({ code: 'claim_ambiguous' }),
      );
    }
  });

  test('is the default where the claim is absent or none is configured', () => {
    expect(teams({}, SINGLE, 'd')).toMatchObject({ teamId: 'd', source: 'default' });
    expect(teams({}, {}, 'd')).toMatchObject({ teamId: 'd', source: 'default' });
    expect(teams({ client_id: 'app' }, {}, 'd').teamId).toBe('d');
  });

  test.each([[null], [''], [[]], [7], [{}]])(
    'is none, and not the default, where the claim is %p',
    (team) => {
      expect(teams({ team }, SINGLE, 'd')).toMatchObject({ teamId: null, source: null });
    },
  );

  test('is not the default where the token names an alias', () => {
    const fields = { ...SINGLE, teamAlias: aClaim('alias') };
    expect(teams({ alias: 'Research' }, fields, 'd')).toMatchObject({
      teamId: null,
      alias: 'Research',
    });
  });

  test('is softly client_id, else azp, only while no claim is configured', () => {
    expect(teams({ client_id: 'app', azp: 'other' }, {})).toMatchObject({
      teamId: 'app',
      source: 'soft',
      isRequired: false,
    });
    expect(teams({ client_id: 5, azp: 'other' }, {}).teamId).toBe('other');
    expect(teams({}, {})).toMatchObject({ teamId: null, source: null });
    expect(teams({ client_id: 'app' }, { isTeamSoft: false }).teamId).toBeNull();
    expect(teams({ client_id: 'app' }, SINGLE).teamId).toBeNull();
  });

  test('is required where a claim for it or for an alias is configured, unless it is optional', () => {
    expect(teams({}, SINGLE).isRequired).toBe(true);
    expect(teams({}, { teamAlias: aClaim('alias') }).isRequired).toBe(true);
    expect(teams({}, { ...SINGLE, isTeamOptional: true }).isRequired).toBe(false);
    expect(teams({}, LIST).isRequired).toBe(false);
  });
});

describe('the list of teams of a token', () => {
  test.each<[unknown, readonly string[] | null]>([
    [
      ['b', 'a', 'b'],
      ['b', 'a'],
    ],
    ['one', ['one']],
    [[], []],
    [
      ['a', 7, '', 'x'.repeat(300), 'b'],
      ['a', 'b'],
    ],
    [undefined, null],
    [null, null],
    ['', null],
    [{ a: 1 }, null],
    [7, null],
  ])('of %j is %j', (groups, listed) => {
    const claims = groups === undefined ? {} : { groups };
    expect(teams(claims, LIST).listed).toEqual(listed);
  });

  test('is worked over as its field says', () => {
    const teamIds = { ...aClaim('groups'), split: ',', stripPrefix: '/', lower: true };
    expect(teams({ groups: '/Research,/Ops,' }, { teamIds }).listed).toEqual(['research', 'ops']);
  });
});
