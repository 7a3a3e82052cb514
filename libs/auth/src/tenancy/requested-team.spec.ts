import { NO_TEAMS, type Principal } from '#libs/access';
import { aPrincipal } from '#support/access-builders';
import { knownTeams } from '#support/team-facts';
import { requestedTeam } from './requested-team.js';
import type { TeamQuestion } from './team-question.js';
import { resolveTeam, type TeamResolution } from './team-resolution.js';

const HEADER = 'x-litellm-team-id';

interface Situation {
  readonly requested: string;
  readonly principal?: Partial<Principal>;
  readonly facts?: TeamQuestion['facts'];
  readonly policy?: Partial<TeamQuestion['policy']>;
  readonly callsModels?: boolean;
}

const facts = knownTeams([
  { teamId: 'a', alias: 'Alpha' },
  { teamId: 'b', alias: 'Beta' },
  { teamId: 'foreign', alias: 'Foreign' },
]);
const teams = { ...NO_TEAMS, listed: ['a', 'b', 'new'] };

function resolve(one: Situation): TeamResolution {
  return resolveTeam({
    principal: aPrincipal({ teams, ...one.principal }),
    facts: one.facts ?? facts,
    requested: one.requested,
    route: { callsModels: one.callsModels ?? true, isOpenToTeams: true },
    mayServe: () => true,
    policy: {
      teamIdUpsert: false,
      isTeamRequiredForModels: false,
      claimFallback: false,
      databaseFallback: false,
      ...one.policy,
    },
  });
}

const outcomeOf = (one: Situation): string | null => {
  const { teamId, refusal } = resolve(one);
  return refusal === null ? teamId : refusal.code;
};

describe('the header that asks for a team', () => {
  it('is absent when it is empty', () => {
    expect(requestedTeam({})).toBeNull();
    expect(requestedTeam({ [HEADER]: [''] })).toBeNull();
    expect(requestedTeam({ [HEADER]: 'a' })).toBe('a');
    expect(requestedTeam({ [HEADER]: ['a'] })).toBe('a');
  });

  it('is not chosen from two values', () => {
    expect(() => requestedTeam({ [HEADER]: ['a', 'a'] })).toThrow(
      expect.objectContaining({ code: 'request_invalid', param: HEADER }),
    );
  });
});

describe('the team that a request asks for', () => {
  it('is one of the list, by id or by an alias that no other team has', () => {
    expect(outcomeOf({ requested: 'b' })).toBe('b');
    expect(outcomeOf({ requested: 'Beta' })).toBe('b');
    const { candidates } = resolve({ requested: 'b' });
    expect(candidates.find(({ team_id }) => team_id === 'a')).toMatchObject({
      chosen: false,
      reason: 'x-litellm-team-id names another team',
    });
  });

  it('may be the single team of the token, the default and that of client_id', () => {
    for (const source of ['claim', 'default', 'soft', 'key'] as const) {
      const principal = { teams: { ...NO_TEAMS, teamId: 'a', source } };
      expect(outcomeOf({ requested: 'a', principal })).toBe('a');
      expect(outcomeOf({ requested: 'Alpha', principal })).toBe('a');
    }
  });

  it.each(['foreign', 'Foreign', 'nowhere', 'A', ' a', 'a ', 'a,b', 'alpha'])(
    'is refused when the token does not name it: %j',
    (requested) => {
      expect(outcomeOf({ requested })).toBe('team_not_in_token');
      expect(outcomeOf({ requested, policy: { teamIdUpsert: true } })).toBe('team_not_in_token');
    },
  );

  it('is refused by an alias that any other team shares', () => {
    const shared = { ...facts, aliases: new Map([['Beta', ['b', 'foreign']]]) };
    expect(outcomeOf({ requested: 'Beta', facts: shared })).toBe('team_not_in_token');
  });

  it('is refused when the token names its team by an object id, which a header cannot choose', () => {
    const principal = { teams: { ...NO_TEAMS, teamId: 'a', source: 'object_id' as const } };
    expect(outcomeOf({ requested: 'a', principal })).toBe('team_not_in_token');
    const listed = { teams: { ...principal.teams, listed: ['a'] } };
    expect(outcomeOf({ requested: 'a', principal: listed })).toBe('a');
  });

  it('is refused when it is blocked or unknown, and created where that is switched on', () => {
    const blocked = knownTeams([{ teamId: 'a', blocked: true }, 'b']);
    expect(outcomeOf({ requested: 'a', facts: blocked })).toBe('team_blocked');
    expect(outcomeOf({ requested: 'new' })).toBe('team_unknown');
    expect(resolve({ requested: 'new', policy: { teamIdUpsert: true } })).toMatchObject({
      teamId: 'new',
      isNew: true,
    });
  });

  it('may be one of the own teams with fallback_to_db_teams; all others are refused alike', () => {
    const mine = { ...facts, memberships: knownTeams([], ['b']).memberships };
    const principal = { teams: NO_TEAMS };
    const policy = { databaseFallback: true };
    expect(outcomeOf({ requested: 'Beta', principal, policy, facts: mine })).toBe('b');
    const refusals = ['a', 'nowhere'].map(
      (requested) => resolve({ requested, principal, policy, facts: mine }).refusal,
    );
    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]?.code).toBe('team_not_in_token');
    expect(outcomeOf({ requested: 'b', principal, facts: mine })).toBe('team_not_in_token');
    const named = { teams: { ...NO_TEAMS, listed: ['a'] } };
    expect(outcomeOf({ requested: 'b', principal: named, policy, facts: mine })).toBe(
      'team_not_in_token',
    );
  });
});

describe('the team that an administrator asks for', () => {
  const principal = {
    isAdmin: true,
    teams: { ...NO_TEAMS, teamId: 'a', source: 'claim' as const },
  };

  it('is any that exists, on calls of models', () => {
    expect(outcomeOf({ requested: 'foreign', principal })).toBe('foreign');
    expect(outcomeOf({ requested: 'Foreign', principal })).toBe('foreign');
    expect(outcomeOf({ requested: 'foreign', principal, callsModels: false })).toBeNull();
  });

  it('is refused when it does not exist or is blocked, and never ignored (threat A04)', () => {
    expect(outcomeOf({ requested: 'nowhere', principal })).toBe('team_unknown');
    const blocked = knownTeams([{ teamId: 'a', blocked: true }]);
    expect(outcomeOf({ requested: 'a', principal, facts: blocked })).toBe('team_blocked');
  });

  it('is created where that is switched on, unless the name is an ambiguous alias or no id', () => {
    const policy = { teamIdUpsert: true };
    expect(resolve({ requested: 'fresh', principal, policy }).isNew).toBe(true);
    const shared = { ...facts, aliases: new Map([['Twice', ['a', 'b']]]) };
    expect(outcomeOf({ requested: 'Twice', principal, policy, facts: shared })).toBe(
      'team_unknown',
    );
    expect(outcomeOf({ requested: 'x'.repeat(256), principal, policy })).toBe('team_unknown');
  });
});
