import { UNLIMITED, type Attribution, type Limits } from '#libs/access';
import type { BudgetsService } from '#libs/budgets';
import type { SettingsStore } from '#libs/config';
import type { EndUsersService } from '#libs/end-users';
import type { KeysService } from '#libs/keys';
import type { OrganizationsService } from '#libs/orgs';
import type { MembershipsService, TeamsService } from '#libs/teams';
import type { UsersService } from '#libs/users';
import { aTeam, aUser, anAccessContext, anEndUser, anOrganization } from '#support/access-builders';
import { EffectiveLimits } from './effective-limits.js';
import { LimitRows } from './limit-rows.js';

const capOf = (maxBudget: string): Limits => ({
  budgets: [{ maxBudget, duration: null, since: '2026-01-01T00:00:00.000Z' }],
});
const attribution: Attribution = {
  ...anAccessContext().attribution,
  keyId: 'k',
  userId: 'u',
  teamId: 't',
  orgId: 'o',
  endUserId: 'e',
};

/** Rows that are in memory, or that have to be read. */
function limitsOver(
  rows: Partial<Record<string, object>>,
  isInMemory: boolean,
  defaults: Readonly<Record<string, Limits>> = {},
): EffectiveLimits {
  const service = (name: string): object => {
    const row = rows[name] ?? null;
    const find = () => Promise.resolve(row);
    return { peek: () => (isInMemory ? row : undefined), find };
  };
  const memberships = rows['memberships'] ?? [];
  const found = new LimitRows(
    service('key') as KeysService,
    service('user') as UsersService,
    service('team') as TeamsService,
    {
      peek: () => (isInMemory ? memberships : undefined),
      of: () => Promise.resolve(memberships),
    } as unknown as MembershipsService,
    service('org') as OrganizationsService,
    {
      peekLimits: () => (isInMemory ? (rows['endUser'] ?? { limits: UNLIMITED }) : undefined),
      findLimits: () => Promise.resolve(rows['endUser'] ?? { limits: UNLIMITED }),
    } as unknown as EndUsersService,
  );
  const settings = { current: { budgets: { newUsers: {}, newTeams: {}, ...defaults } } };
  const budgets = service('budget') as BudgetsService;
  return new EffectiveLimits(found, settings as unknown as SettingsStore, budgets);
}

describe('the limits of a request', () => {
  const membership = { teamId: 't', role: 'user', source: 'admin', limits: UNLIMITED };
  const rows = {
    key: { limits: capOf('1') },
    user: aUser({ limits: capOf('2') }),
    team: aTeam({ limits: { ...capOf('3'), members: { requestsPerMinute: 5 } } }),
    org: anOrganization({ limits: capOf('4') }),
    endUser: anEndUser({ limits: capOf('5') }),
    memberships: [membership],
  };

  it('are those of its key, user, team, member, organisation and end user, from memory or read', async () => {
    const inMemory = limitsOver(rows, true).of(attribution);
    expect(inMemory).toEqual([
      { scope: 'key', id: 'k', limits: capOf('1') },
      { scope: 'user', id: 'u', limits: capOf('2') },
      { scope: 'team', id: 't', limits: rows.team.limits },
      { scope: 'team_member', id: 't:u', limits: { requestsPerMinute: 5 } },
      { scope: 'org', id: 'o', limits: capOf('4') },
      { scope: 'end_user', id: 'e', limits: capOf('5') },
    ]);
    expect(await limitsOver(rows, false).of(attribution)).toEqual(inMemory);
  });

  it('of a member with own limits are not those of every member', () => {
    const own = { ...rows, memberships: [{ ...membership, limits: capOf('6') }] };
    expect(limitsOver(own, true).of(attribution)).toContainEqual({
      scope: 'team_member',
      id: 't:u',
      limits: capOf('6'),
    });
  });

  it('are completed by the budget that a row names, from memory or read', async () => {
    const named = { team: aTeam({ limits: { budgetId: 'gold' } }), budget: { limits: capOf('6') } };
    const found = limitsOver(named, true).of(attribution);
    expect(found).toEqual([
      { scope: 'team', id: 't', limits: { budgetId: 'gold', ...capOf('6') } },
    ]);
    expect(await limitsOver(named, false).of(attribution)).toEqual(found);
  });

  it('of subjects that a token is about to make are those of new ones', () => {
    const defaults = { newUsers: capOf('7'), newTeams: capOf('8') };
    const token = { ...attribution, keyId: null, orgId: null };
    expect(limitsOver({}, true, defaults).of(token)).toEqual([
      { scope: 'user', id: 'u', limits: capOf('7') },
      { scope: 'team', id: 't', limits: capOf('8') },
    ]);
    const key = { ...token, issuer: null, subject: null };
    expect(limitsOver({}, true, defaults).of(key)).toEqual([]);
    expect(limitsOver({ user: aUser(), team: aTeam() }, true, defaults).of(token)).toEqual([]);
  });

  it('are the same empty list for every request that nothing limits', () => {
    const none = limitsOver({ user: aUser() }, true);
    expect(none.of(attribution)).toEqual([]);
    expect(none.of(attribution)).toBe(none.of({ ...attribution, userId: null }));
  });
});
