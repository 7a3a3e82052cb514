import fc from 'fast-check';
import { NO_TEAMS } from '#libs/access';
import { aPrincipal } from '#support/access-builders';
import { aMembership, knownTeams } from '#support/team-facts';
import type { TeamQuestion } from './team-question.js';
import { resolveTeam, type TeamResolution } from './team-resolution.js';

interface Situation {
  readonly listed?: readonly string[] | null;
  readonly facts: TeamQuestion['facts'];
  readonly model?: string;
  readonly policy?: Partial<TeamQuestion['policy']>;
  readonly route?: TeamQuestion['route'];
}

const onModels = { callsModels: true, isOpenToTeams: true };
const onClosedModels = { callsModels: true, isOpenToTeams: false };
const onClosedOthers = { callsModels: false, isOpenToTeams: false };

function resolve({
  listed = null,
  facts,
  model,
  policy,
  route = onModels,
}: Situation): TeamResolution {
  return resolveTeam({
    principal: aPrincipal({ teams: { ...NO_TEAMS, listed } }),
    facts,
    requested: null,
    route,
    mayServe: ({ team }) =>
      model === undefined || team.models.length === 0 || team.models.includes(model),
    policy: {
      teamIdUpsert: true,
      isTeamRequiredForModels: false,
      claimFallback: false,
      databaseFallback: false,
      ...policy,
    },
  });
}

const outcomeOf = (one: Situation): string | null => {
  const { teamId, refusal } = resolve(one);
  return refusal === null ? teamId : refusal.code;
};

describe('the list of teams of a token', () => {
  const facts = knownTeams([
    { teamId: 'blocked', blocked: true },
    { teamId: 'small', models: ['tiny'] },
    { teamId: 'first' },
    { teamId: 'second' },
  ]);

  it('gives the first that exists, is not blocked and grants the model, and tells why no other', () => {
    const listed = ['nowhere', 'blocked', 'small', 'first', 'second'];
    const { teamId, candidates, configKey } = resolve({ listed, facts, model: 'gpt-4o' });
    expect(teamId).toBe('first');
    expect(configKey).toBe('general_settings.litellm_jwtauth.team_ids_jwt_field');
    expect(candidates).toEqual([
      { team_id: 'nowhere', chosen: false, reason: 'no such team exists' },
      { team_id: 'blocked', chosen: false, reason: 'the team is blocked' },
      {
        team_id: 'small',
        chosen: false,
        reason: 'the requested model is not among those of the team',
      },
      { team_id: 'first', chosen: true, reason: 'the first of the list of the token that will do' },
      { team_id: 'second', chosen: false, reason: 'another team comes first' },
    ]);
  });

  it('asks for no model where the call names none', () => {
    expect(outcomeOf({ listed: ['small', 'first'], facts })).toBe('small');
  });

  it.each<[string, readonly string[], string]>([
    ['no team of it exists', ['nowhere', 'elsewhere'], 'team_unknown'],
    ['every team that exists is blocked', ['nowhere', 'blocked'], 'team_blocked'],
    ['no team grants the model', ['blocked', 'small'], 'model_not_allowed'],
  ])('is refused when %s', (_name, listed, code) => {
    expect(outcomeOf({ listed, facts, model: 'gpt-4o' })).toBe(code);
  });

  it('tells of its first fifty and of the chosen one, and how many more there were', () => {
    const many = Array.from({ length: 900 }, (_, index) => `nowhere-${String(index)}`);
    const chosen = resolve({ listed: [...many, 'first', 'second'], facts });
    expect(chosen.teamId).toBe('first');
    expect(chosen.candidates).toHaveLength(51);
    expect(chosen.candidates.at(-1)).toMatchObject({ team_id: 'first', chosen: true });
    expect(chosen.furtherCandidates).toBe(851);
    expect(resolve({ listed: ['nowhere', 'first'], facts }).furtherCandidates).toBe(0);
  });

  it('is refused with the type of team models', () => {
    const { refusal } = resolve({ listed: ['small'], facts, model: 'gpt-4o' });
    expect(refusal?.response).toMatchObject({ type: 'team_model_access_denied', param: 'model' });
  });

  it('creates no team', () => {
    expect(resolve({ listed: ['new'], facts }).isNew).toBe(false);
  });

  it('gives way by team_claim_fallback only where none of it exists', () => {
    const mine = { ...facts, memberships: [aMembership('second')] };
    const policy = { claimFallback: true };
    expect(outcomeOf({ listed: ['nowhere'], facts: mine, policy })).toBe('second');
    expect(outcomeOf({ listed: ['nowhere'], facts, policy })).toBeNull();
    expect(outcomeOf({ listed: ['small'], facts: mine, policy, model: 'gpt-4o' })).toBe(
      'model_not_allowed',
    );
  });

  it('gives no team on routes that are not those of teams, and their list of routes still holds', () => {
    const closed = resolve({ listed: ['first'], facts, route: onClosedModels });
    expect(closed).toMatchObject({ teamId: null, hasTeamRoutes: true, refusal: null });
    expect(closed.candidates).toMatchObject([{ team_id: 'first', chosen: false }]);
  });
});

describe("the user's own teams, with fallback_to_db_teams", () => {
  const facts = knownTeams(
    [{ teamId: 'a', blocked: true }, { teamId: 'b', models: ['tiny'] }, 'c', 'd'],
    ['d', 'c', 'b', 'a', aMembership('e', 'token')],
  );
  const policy = { databaseFallback: true };

  it('give the first in the order of their ids that will do', () => {
    expect(outcomeOf({ facts, policy, model: 'gpt-4o' })).toBe('c');
    expect(outcomeOf({ facts, policy })).toBe('b');
    expect(outcomeOf({ facts, policy, listed: [] })).toBe('b');
    expect(outcomeOf({ facts })).toBeNull();
  });

  it('are not asked where the token names teams', () => {
    expect(outcomeOf({ facts, policy, listed: ['nowhere'] })).toBe('team_unknown');
  });

  it('restrict the caller to their routes and models on calls of models', () => {
    const small = knownTeams([{ teamId: 'b', models: ['tiny'] }], ['b']);
    expect(outcomeOf({ facts: small, policy, model: 'gpt-4o' })).toBe('model_not_allowed');
    expect(resolve({ facts, policy, route: onClosedModels }).hasTeamRoutes).toBe(true);
    expect(resolve({ facts, policy, route: onClosedOthers }).hasTeamRoutes).toBe(false);
  });

  it('refuse when all of them are blocked', () => {
    const blocked = knownTeams([{ teamId: 'a', blocked: true }], ['a']);
    expect(outcomeOf({ facts: blocked, policy })).toBe('team_blocked');
  });

  it('are none for a user without, who needs one only where a team is required', () => {
    const none = knownTeams([]);
    expect(outcomeOf({ facts: none, policy })).toBeNull();
    const strict = { ...policy, isTeamRequiredForModels: true };
    expect(outcomeOf({ facts: none, policy: strict })).toBe('team_required');
  });
});

describe('the choice of a team', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

  it('is the first of the claim that qualifies and never a blocked one, in every order of the rows', () => {
    const lists: string[][] = [[], ['gpt-4o'], ['tiny']];
    const team = fc.record({
      isThere: fc.boolean(),
      blocked: fc.boolean(),
      models: fc.constantFrom(...lists),
    });
    fc.assert(
      fc.property(
        fc.shuffledSubarray(ids, { minLength: 1 }),
        fc.array(team, { minLength: ids.length, maxLength: ids.length }),
        fc.shuffledSubarray(ids, { minLength: ids.length }),
        (listed, states, rowOrder) => {
          const stateOf = (id: string) => states[ids.indexOf(id)];
          const facts = knownTeams(
            rowOrder
              .filter((id) => stateOf(id)?.isThere === true)
              .map((teamId) => ({ teamId, ...stateOf(teamId) })),
            rowOrder,
          );
          const qualifies = (id: string): boolean => {
            const state = stateOf(id);
            if (state?.isThere !== true || state.blocked) return false;
            return state.models.length === 0 || state.models.includes('gpt-4o');
          };
          const responses = Array.from({ length: 2 }, () =>
            resolve({ listed, facts, model: 'gpt-4o' }),
          );
          expect(responses[0]).toEqual(responses[1]);
          expect(responses[0]?.teamId).toBe(listed.find(qualifies) ?? null);
          expect(responses[0]?.candidates.map(({ team_id }) => team_id)).toEqual(listed);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is the same 200 times for the same token, in every order of the memberships', () => {
    const order = (turn: number): string[] => [...ids.slice(turn % 6), ...ids.slice(0, turn % 6)];
    const chosen = Array.from({ length: 200 }, (_, turn) =>
      outcomeOf({
        facts: knownTeams(
          [{ teamId: 'a', blocked: true }, ...order(turn).filter((id) => id !== 'a')],
          order(turn),
        ),
        policy: { databaseFallback: true },
      }),
    );
    expect(new Set(chosen)).toEqual(new Set(['b']));
  });
});
