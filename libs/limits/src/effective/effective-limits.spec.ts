import { UNLIMITED, type Attribution, type Limits } from '#libs/access';
import type { BudgetsService } from '#libs/budgets';
import type { SettingsStore } from '#libs/config';
import type { CountedRequest } from '#libs/spend';
import type { EndUsersService } from '#libs/end-users';
import type { KeysService } from '#libs/keys';
import type { OrganizationMembershipsService, OrganizationsService } from '#libs/orgs';
import type { TagSnapshot, TagsService } from '#libs/tags';
import type { MembershipsService, TeamsService } from '#libs/teams';
import type { UsersService } from '#libs/users';
import { aTeam, aUser, anAccessContext, anEndUser, anOrganization } from '#support/access-builders';
import { EffectiveLimits } from './effective-limits.js';
import { LimitRows } from './limit-rows.js';
import { MemberRowsService } from './member-rows.js';

const capOf = (maxBudget: string): Limits => ({
  budgets: [{ maxBudget, duration: null, since: '2026-01-01T00:00:00.000Z' }],
});
const of = (
  overrides: Partial<Attribution> = {},
  tags: readonly string[] = [],
): CountedRequest => ({
  attribution: {
    ...anAccessContext().attribution,
    keyId: 'k',
    userId: 'u',
    teamId: 't',
    orgId: 'o',
    endUserId: 'e',
    ...overrides,
  },
  tags,
});

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
  const lists = (name: string): object => {
    const list = rows[name] ?? [];
    return { peek: () => (isInMemory ? list : undefined), of: () => Promise.resolve(list) };
  };
  const found = new LimitRows(
    service('key') as KeysService,
    service('user') as UsersService,
    service('team') as TeamsService,
    new MemberRowsService(
      lists('memberships') as MembershipsService,
      lists('organizations') as OrganizationMembershipsService,
    ),
    service('org') as OrganizationsService,
    {
      peekLimits: () => (isInMemory ? (rows['endUser'] ?? { limits: UNLIMITED }) : undefined),
      findLimits: () => Promise.resolve(rows['endUser'] ?? { limits: UNLIMITED }),
    } as unknown as EndUsersService,
  );
  const settings = {
    current: { budgets: { newUsers: {}, newTeams: {}, newOrganizations: {}, ...defaults } },
  };
  const budgets = service('budget') as BudgetsService;
  const tags = (rows['tags'] ?? []) as readonly TagSnapshot[];
  return new EffectiveLimits(found, settings as unknown as SettingsStore, budgets, {
    peek: () => (isInMemory ? tags : undefined),
    find: () => Promise.resolve(tags),
  } as unknown as TagsService);
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
    organizations: [{ organizationId: 'o', role: 'internal_user', limits: capOf('4.5') }],
  };

  it('are those of its key, user, team, organisation, memberships and end user, from memory or read', async () => {
    const inMemory = limitsOver(rows, true).of(of());
    expect(inMemory).toEqual([
      { scope: 'key', id: 'k', limits: capOf('1') },
      { scope: 'user', id: 'u', limits: capOf('2') },
      { scope: 'team', id: 't', limits: rows.team.limits },
      { scope: 'team_member', id: 't:u', limits: { requestsPerMinute: 5 } },
      { scope: 'org', id: 'o', limits: capOf('4') },
      { scope: 'org_member', id: 'o:u', limits: capOf('4.5') },
      { scope: 'end_user', id: 'e', limits: capOf('5') },
    ]);
    expect(await limitsOver(rows, false).of(of())).toEqual(inMemory);
  });

  it.each<[Limits, Limits]>([
    [capOf('6'), { ...capOf('6'), requestsPerMinute: 5 }],
    [{ tokensPerMinute: 7 }, { tokensPerMinute: 7, requestsPerMinute: 5 }],
    [{ requestsPerMinute: 9 }, { requestsPerMinute: 9 }],
  ])('of a member with %j are completed by those of every member', (limits, expected) => {
    const own = { ...rows, memberships: [{ ...membership, limits }] };
    expect(limitsOver(own, true).of(of())).toContainEqual({
      scope: 'team_member',
      id: 't:u',
      limits: expected,
    });
  });

  it('are completed by the budget that a row names, from memory or read', async () => {
    const named = { team: aTeam({ limits: { budgetId: 'gold' } }), budget: { limits: capOf('6') } };
    const found = limitsOver(named, true).of(of());
    expect(found).toEqual([
      { scope: 'team', id: 't', limits: { budgetId: 'gold', ...capOf('6') } },
    ]);
    expect(await limitsOver(named, false).of(of())).toEqual(found);
  });

  it('of subjects that a token is about to make are those of new ones', () => {
    const defaults = {
      newUsers: capOf('7'),
      newTeams: capOf('8'),
      newOrganizations: capOf('9'),
    };
    expect(limitsOver({}, true, defaults).of(of({ keyId: null }))).toEqual([
      { scope: 'user', id: 'u', limits: capOf('7') },
      { scope: 'team', id: 't', limits: capOf('8') },
      { scope: 'org', id: 'o', limits: capOf('9') },
    ]);
    const token = { keyId: null, orgId: null };
    const ofMembers = { ...defaults, newTeams: { members: capOf('2') } };
    expect(limitsOver({ user: aUser() }, true, ofMembers).of(of(token))).toEqual([
      { scope: 'team', id: 't', limits: { members: capOf('2') } },
      { scope: 'team_member', id: 't:u', limits: capOf('2') },
    ]);
    const key = { keyId: null, issuer: null, subject: null };
    expect(limitsOver({}, true, defaults).of(of(key))).toEqual([]);
    expect(limitsOver({ user: aUser(), team: aTeam() }, true, defaults).of(of(token))).toEqual([]);
  });

  it('are those of every tag that has a row, behind the others, from memory or read', async () => {
    const tags = ['batch', 'ci'].map((name) => ({ name, models: [], limits: capOf('9') }));
    const tagged = { key: rows.key, tags };
    const inMemory = limitsOver(tagged, true).of(of({}, ['batch', 'ci', 'unknown']));
    expect(inMemory).toEqual([
      { scope: 'key', id: 'k', limits: capOf('1') },
      { scope: 'tag', id: 'batch', limits: capOf('9') },
      { scope: 'tag', id: 'ci', limits: capOf('9') },
    ]);
    expect(await limitsOver(tagged, false).of(of({}, ['batch', 'ci']))).toEqual(inMemory);
  });

  it('are the same empty list for every request that nothing limits', () => {
    const none = limitsOver({ user: aUser() }, true);
    expect(none.of(of())).toEqual([]);
    expect(none.of(of())).toBe(none.of(of({ userId: null })));
  });
});
