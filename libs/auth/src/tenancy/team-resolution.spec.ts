import { NO_TEAMS, type TeamClaims } from '#libs/access';
import { aPrincipal } from '#support/access-builders';
import { aMembership, knownTeams } from '#support/team-facts';
import type { TeamPolicy, TeamQuestion } from './team-question.js';
import { resolveTeam, type TeamResolution } from './team-resolution.js';

const policy: TeamPolicy = {
  teamIdUpsert: false,
  isTeamRequiredForModels: false,
  claimFallback: false,
  databaseFallback: false,
};

interface Situation {
  readonly teams?: Partial<TeamClaims>;
  readonly policy?: Partial<TeamPolicy>;
  readonly facts?: TeamQuestion['facts'];
  readonly key?: TeamQuestion['principal']['key'];
}

function resolve(one: Situation): TeamResolution {
  return resolveTeam({
    principal: aPrincipal({ teams: { ...NO_TEAMS, ...one.teams }, key: one.key ?? null }),
    facts: one.facts ?? knownTeams(['research']),
    requested: null,
    route: { callsModels: true, isOpenToTeams: true },
    mayServe: () => true,
    policy: { ...policy, ...one.policy },
  });
}

const codeOf = (one: Situation): string | null => resolve(one).refusal?.code ?? null;
const teamOf = (one: Situation): string | null => {
  const { teamId, refusal } = resolve(one);
  return refusal === null ? teamId : refusal.code;
};

const claimed = { teamId: 'research', source: 'claim' } as const;
const soft = { teamId: 'research', source: 'soft' } as const;
const byDefault = { teamId: 'research', source: 'default' } as const;
const nowhere = knownTeams([]);

describe('the team that a token names by its id', () => {
  it('is taken when it exists, and the trace says by which setting', () => {
    expect(resolve({ teams: claimed })).toMatchObject({
      teamId: 'research',
      isNew: false,
      configKey: 'general_settings.litellm_jwtauth.team_id_jwt_field',
      candidates: [{ team_id: 'research', chosen: true, reason: 'named by the token' }],
      refusal: null,
    });
  });

  it('is refused when it does not exist, may not be created and nothing else may stand in', () => {
    const { teamId, refusal, candidates } = resolve({ teams: claimed, facts: nowhere });
    expect([teamId, refusal?.code]).toEqual([null, 'team_unknown']);
    expect(candidates).toMatchObject([{ team_id: 'research', chosen: false }]);
  });

  it.each(['claim', 'default', 'object_id'] as const)(
    'is new when it does not exist and may be created (%s)',
    (source) => {
      const teams = { teamId: 'research', source };
      const { teamId, isNew } = resolve({
        teams,
        facts: nowhere,
        policy: { teamIdUpsert: true },
      });
      expect([teamId, isNew]).toEqual(['research', true]);
    },
  );

  it.each([claimed, soft, byDefault, { teamId: 'research', source: 'key' as const }])(
    'is refused when it is blocked, however it was named (%j)',
    (teams) => {
      const facts = knownTeams([{ blocked: true }]);
      const lenient = { teamIdUpsert: true, claimFallback: true, databaseFallback: true };
      expect(codeOf({ teams, facts, policy: lenient })).toBe('team_blocked');
    },
  );

  it('is used softly when client_id or azp names one that exists, and never required or created', () => {
    expect(teamOf({ teams: soft })).toBe('research');
    expect(resolve({ teams: soft, facts: nowhere, policy: { teamIdUpsert: true } })).toMatchObject({
      teamId: null,
      isNew: false,
      refusal: null,
      candidates: [{ chosen: false }],
    });
  });

  it('gives way to the only team of the user by team_claim_fallback', () => {
    const one: Situation = {
      teams: { teamId: 'nowhere', source: 'claim' },
      facts: knownTeams(['research'], ['research']),
    };
    expect(teamOf(one)).toBe('team_unknown');
    expect(teamOf({ ...one, policy: { claimFallback: true } })).toBe('research');
  });

  it('leaves the list to be tried by team_claim_fallback, and not without it', () => {
    const teams = { teamId: 'nowhere', source: 'claim', listed: ['research'] } as const;
    expect(teamOf({ teams })).toBe('team_unknown');
    expect(teamOf({ teams, policy: { claimFallback: true } })).toBe('research');
  });

  it('is refused after all when it is mandatory and nothing stands in', () => {
    const teams = { teamId: 'nowhere', source: 'claim', isRequired: true } as const;
    const one = { teams, facts: nowhere, policy: { claimFallback: true } };
    expect(codeOf(one)).toBe('team_unknown');
    expect(teamOf({ ...one, teams: { ...teams, isRequired: false } })).toBeNull();
  });
});

describe('the team that a token names by its alias', () => {
  const teams = { alias: 'Research' };
  const facts = knownTeams([{ alias: 'Research' }]);

  it('is the one that has it', () => {
    expect(resolve({ teams, facts })).toMatchObject({ teamId: 'research', refusal: null });
  });

  it.each([
    ['no team', nowhere],
    ['several teams', knownTeams([{ alias: 'Research' }, { alias: 'Research', teamId: 'other' }])],
  ])(
    'is refused when %s has it, also where missing teams are created or passed over',
    (_who, known) => {
      const lenient = { claimFallback: true, teamIdUpsert: true };
      const { refusal, candidates } = resolve({ teams, facts: known, policy: lenient });
      expect(refusal?.code).toBe('team_unknown');
      expect(candidates).toMatchObject([{ team_id: 'Research', chosen: false }]);
    },
  );

  it('is refused when it is blocked', () => {
    expect(codeOf({ teams, facts: knownTeams([{ alias: 'Research', blocked: true }]) })).toBe(
      'team_blocked',
    );
  });

  it('counts only where the token names no id, but before client_id', () => {
    const both = knownTeams([{ alias: 'Research' }, { teamId: 'named' }]);
    const named = { ...teams, teamId: 'named' };
    expect(teamOf({ teams: { ...named, source: 'claim' }, facts: both })).toBe('named');
    expect(teamOf({ teams: { ...named, source: 'soft' }, facts: both })).toBe('research');
  });
});

describe('a call without a team', () => {
  it('is refused where a claim for one team is configured and absent', () => {
    const { refusal } = resolve({ teams: { isRequired: true } });
    expect(refusal).toMatchObject({
      code: 'team_required',
      configKey: 'general_settings.litellm_jwtauth.team_id_jwt_field',
    });
    expect(codeOf({})).toBeNull();
  });

  it('is satisfied by a list that names teams, without the claim for one team', () => {
    const teams = { isRequired: true, listed: ['research'] };
    expect(teamOf({ teams })).toBe('research');
    expect(codeOf({ teams: { ...teams, listed: [] } })).toBe('team_required');
  });

  it('is refused by enforce_team_based_model_access, also for members of one team', () => {
    const enforced = { isTeamRequiredForModels: true };
    const facts = knownTeams(['research'], ['research']);
    expect(resolve({ policy: enforced, facts }).refusal).toMatchObject({
      code: 'team_required',
      configKey: 'general_settings.litellm_jwtauth.enforce_team_based_model_access',
    });
    expect(teamOf({ policy: { ...enforced, claimFallback: true }, facts })).toBe('research');
    expect(teamOf({ policy: enforced, teams: { listed: ['research'] } })).toBe('research');
  });

  it('is never refused for a virtual key, which also takes no team of its owner', () => {
    const key = { keyId: 'k', alias: null, models: [], allowedRoutes: [] };
    const facts = knownTeams(['research'], ['research']);
    const strict = { isTeamRequiredForModels: true, databaseFallback: true, claimFallback: true };
    expect(teamOf({ key, facts, policy: strict })).toBeNull();
    const teams = { teamId: 'gone', source: 'key' } as const;
    expect(codeOf({ key, facts, teams, policy: { ...strict, teamIdUpsert: true } })).toBe(
      'team_unknown',
    );
  });
});

describe('the only team of a user', () => {
  it('is taken where the token names none', () => {
    expect(teamOf({ facts: knownTeams(['research'], ['research']) })).toBe('research');
  });

  it.each(['admin', 'scim', 'sync'] as const)('counts when %s made the membership', (source) => {
    expect(teamOf({ facts: knownTeams(['research'], [aMembership('research', source)]) })).toBe(
      'research',
    );
  });

  it('does not count when a mere team claim made the membership', () => {
    const facts = knownTeams(['research'], [aMembership('research', 'token')]);
    expect(teamOf({ facts })).toBeNull();
    expect(teamOf({ facts, policy: { databaseFallback: true } })).toBeNull();
    const beside = knownTeams(['research', 'real'], ['real', aMembership('research', 'token')]);
    expect(teamOf({ facts: beside })).toBe('real');
  });

  it('is none where there are several, and the trace names each', () => {
    const { teamId, candidates } = resolve({ facts: knownTeams(['a', 'b'], ['a', 'b']) });
    expect(teamId).toBeNull();
    expect(candidates.map(({ team_id }) => team_id)).toEqual(['a', 'b']);
  });

  it('is refused when it is blocked', () => {
    const facts = knownTeams([{ blocked: true }], ['research']);
    expect(codeOf({ facts })).toBe('team_blocked');
  });
});
