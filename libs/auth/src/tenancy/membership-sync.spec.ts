import { NO_TEAMS, type Principal, type TeamClaims } from '#libs/access';
import { aPrincipal, aUser } from '#support/access-builders';
import { aMembership, knownTeams } from '#support/team-facts';
import { membershipsAfter, mirroredTeams, planSync, type UserSync } from './membership-sync.js';

const policy = { syncUser: true, databaseFallback: false };

interface Situation {
  readonly principal?: Partial<Principal>;
  readonly teams?: Partial<TeamClaims>;
  readonly user?: Parameters<typeof aUser>[0] | null;
  readonly facts?: ReturnType<typeof knownTeams>;
  readonly policy?: Partial<typeof policy>;
}

function plan(one: Situation): UserSync | null {
  const user = one.user === null ? null : aUser(one.user);
  const principal = aPrincipal({ teams: { ...NO_TEAMS, ...one.teams }, ...one.principal });
  const facts = { user, teams: one.facts ?? knownTeams([]) };
  return planSync({ principal, userId: 'alice' }, facts, { ...policy, ...one.policy });
}

describe('the stored role of a user', () => {
  it('follows the role of the token', () => {
    expect(plan({ principal: { role: 'proxy_admin', issuedAt: 9 } })).toEqual({
      userId: 'alice',
      issuedAt: 9,
      role: 'proxy_admin',
      teams: null,
    });
    expect(plan({ principal: { role: 'proxy_admin' }, user: { role: 'proxy_admin' } })).toBeNull();
  });

  it('falls back to the default one when the token no longer gives it', () => {
    const user = { role: 'proxy_admin', roleSource: 'sync' } as const;
    expect(plan({ user })?.role).toBeNull();
    expect(plan({ user: { ...user, role: null } })).toBeNull();
  });

  it('stays when an administrator gave it and the token gives none', () => {
    expect(plan({ user: { role: 'proxy_admin', roleSource: 'admin' } })).toBeNull();
  });

  it('is the default one for roles that no row carries', () => {
    const user = { role: 'proxy_admin', roleSource: 'sync' } as const;
    for (const role of ['team', 'customer', 'org_admin'] as const) {
      expect(plan({ principal: { role }, user })?.role).toBeNull();
    }
  });
});

describe('an older token', () => {
  const user = { role: null, roleSource: 'sync', syncedIssuedAt: 100 } as const;

  it.each([99, null])('changes nothing (iat %p, threat A08)', (issuedAt) => {
    const principal = { role: 'proxy_admin', issuedAt } as const;
    const facts = knownTeams(['a']);
    expect(plan({ principal, user, teams: { listed: ['a'] }, facts })).toBeNull();
  });

  it.each([100, 101])('is none when it was issued no earlier (iat %p)', (issuedAt) => {
    expect(plan({ principal: { role: 'proxy_admin', issuedAt }, user })?.role).toBe('proxy_admin');
  });
});

describe('a newer token that says what is stored already', () => {
  const user = { role: 'proxy_admin', roleSource: 'sync', syncedIssuedAt: 100 } as const;
  const principal = { role: 'proxy_admin', issuedAt: 101 } as const;
  const NOTED = { userId: 'alice', issuedAt: 101, role: undefined, teams: null };

  it('is noted as the newest, so that none before it gives back what it no longer grants', () => {
    expect(plan({ principal, user })).toEqual(NOTED);
    expect(plan({ principal, user: { ...user, syncedIssuedAt: null } })).toEqual(NOTED);
  });

  it('is noted once', () => {
    expect(plan({ principal, user: { ...user, syncedIssuedAt: 101 } })).toBeNull();
    expect(plan({ principal: { ...principal, issuedAt: null }, user })).toBeNull();
  });
});

describe('memberships', () => {
  const facts = knownTeams(['a', 'b', 'c'], ['c', aMembership('b', 'token')]);

  it('become those of the list that exist, and all others end', () => {
    const sync = plan({ teams: { listed: ['b', 'a', 'nowhere'] }, facts });
    expect(sync?.teams).toEqual({ teamIds: ['b', 'a'], keptTeamIds: [] });
    expect(membershipsAfter(facts.memberships, sync?.teams ?? null)).toEqual([
      aMembership('b', 'sync'),
      aMembership('a', 'sync'),
    ]);
  });

  it('end when the list is empty, and stay when the token has no list', () => {
    expect(plan({ teams: { listed: [] }, facts })?.teams).toEqual({ teamIds: [], keptTeamIds: [] });
    expect(plan({ teams: { listed: null }, facts })).toBeNull();
    expect(plan({ teams: { teamId: 'a', source: 'claim' }, facts })).toBeNull();
  });

  it('stay in other teams that the token names, so that two claims do not undo each other', () => {
    const teams = { listed: ['a'], teamId: 'c', source: 'claim' } as const;
    expect(plan({ teams, facts })?.teams).toEqual({ teamIds: ['a'], keptTeamIds: ['c'] });
  });

  it('follow the claim for one team too, with fallback_to_db_teams', () => {
    const teams = { teamId: 'a', source: 'claim' } as const;
    const sync = plan({ teams, facts, policy: { databaseFallback: true } });
    expect(sync?.teams).toEqual({ teamIds: ['a'], keptTeamIds: [] });
    const byDefault = { teamId: 'a', source: 'default' } as const;
    expect(plan({ teams: byDefault, facts, policy: { databaseFallback: true } })).toBeNull();
  });

  it('that are right already are not written, and those by decision stay theirs', () => {
    const right = knownTeams(['a', 'b'], [aMembership('a', 'sync'), aMembership('b', 'admin')]);
    expect(plan({ teams: { listed: ['b', 'a'] }, facts: right })).toBeNull();
  });
});

describe('nothing follows the token', () => {
  const key = { keyId: 'k', alias: null, models: [], allowedRoutes: [] };
  const all: Situation = {
    principal: { role: 'proxy_admin' },
    teams: { listed: ['a'] },
    facts: knownTeams(['a']),
  };

  it.each<[string, Partial<Principal>, Partial<typeof policy>]>([
    ['while it is switched off', {}, { syncUser: false }],
    ['of an administrator by scope', { isAdmin: true }, {}],
    ['that runs as a virtual key', { key }, {}],
    ['that is the master key', { kind: 'master_key' }, {}],
  ])('%s', (_name, principal, changed) => {
    expect(plan(all)).not.toBeNull();
    const one = { ...all, principal: { ...all.principal, ...principal }, policy: changed };
    expect(plan(one)).toBeNull();
  });

  it('for a token without a user row', () => {
    const principal = aPrincipal({ teams: NO_TEAMS });
    expect(mirroredTeams(principal, knownTeams([]), policy)).toBeNull();
  });
});
