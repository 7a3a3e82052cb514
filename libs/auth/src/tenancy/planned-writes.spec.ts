import { anEndUser, aPrincipal, aUser, ISSUER } from '#support/access-builders';
import { jwtSettings } from '#support/jwt-settings';
import { aMembership, knownTeams } from '#support/team-facts';
import { isNothingPlanned, planWrites, type AdmittedCaller } from './planned-writes.js';
import { NO_TEAM } from './team-resolution.js';
import { NO_FACTS } from './tenancy-facts.js';

const teams = jwtSettings().teams;
const jwt = jwtSettings({ userIdUpsert: true, teams: { ...teams, addUserToTeam: true } });
const following = { ...jwt, teams: { ...jwt.teams, syncUser: true } };
const key = { keyId: 'k', alias: null, models: [], allowedRoutes: [] };
const warm: AdmittedCaller = {
  principal: aPrincipal(),
  facts: {
    ...NO_FACTS,
    user: aUser({ boundIssuer: ISSUER, boundSubject: 'alice' }),
    teams: knownTeams(['research'], [aMembership('research', 'token')]),
  },
  team: { ...NO_TEAM, teamId: 'research' },
  organization: { orgId: null, newOrgId: null },
  endUser: null,
  newKey: null,
};
const NOTHING = {
  newUser: null,
  binding: null,
  newOrgId: null,
  newTeam: null,
  membership: null,
  sync: null,
  newEndUserId: null,
  newKey: null,
};

describe('the writes of an admission', () => {
  it('are none when every row is there', () => {
    expect(planWrites(warm, jwt)).toEqual(NOTHING);
    expect(isNothingPlanned(planWrites(warm, jwt))).toBe(true);
  });

  it('make user, team, membership and end user on the first call', () => {
    const plan = planWrites(
      {
        ...warm,
        facts: NO_FACTS,
        team: { ...warm.team, isNew: true },
        endUser: { id: 'end', row: null },
      },
      jwt,
    );
    expect(plan).toEqual({
      newUser: {
        userId: 'alice',
        email: 'alice@acme.example',
        isEmailVerified: false,
        issuer: ISSUER,
        subject: 'alice',
      },
      binding: null,
      newOrgId: null,
      newTeam: { teamId: 'research', organizationId: null },
      membership: { teamId: 'research', userId: 'alice' },
      sync: null,
      newEndUserId: 'end',
      newKey: null,
    });
    expect(isNothingPlanned(plan)).toBe(false);
  });

  it.each([
    [true, 'acme'],
    [false, null],
  ])(
    'put a new team into the organisation of the token only where tokens make organisations: %s',
    (orgIdUpsert, organizationId) => {
      const caller = {
        ...warm,
        team: { ...warm.team, isNew: true },
        organization: { orgId: 'acme', newOrgId: null },
      };
      const { newOrgId, newTeam } = planWrites(caller, { ...jwt, orgIdUpsert });
      expect([newOrgId, newTeam]).toEqual([null, { teamId: 'research', organizationId }]);
    },
  );

  it.each([
    [true, true],
    [false, false],
    [null, false],
  ])('say of the address whether the issuer vouches for it: %p', (emailVerified, expected) => {
    const first = { ...warm, facts: NO_FACTS, principal: aPrincipal({ emailVerified }) };
    expect(planWrites(first, jwt).newUser?.isEmailVerified).toBe(expected);
  });

  it('say of a binding that an address led to the account', () => {
    const facts = { ...warm.facts, user: aUser({ userId: 'row-7' }), isUserFoundByEmail: true };
    expect(planWrites({ ...warm, facts }, jwt).binding).toEqual({
      userId: 'row-7',
      issuer: ISSUER,
      subject: 'alice',
      foundBy: 'email',
    });
  });

  it("bind an unbound account to the token's identity, also an administrator's", () => {
    const unbound = { ...warm, facts: { ...warm.facts, user: aUser() } };
    const binding = { userId: 'alice', issuer: ISSUER, subject: 'alice', foundBy: 'id' };
    expect(planWrites(unbound, jwt).binding).toEqual(binding);
    const principal = aPrincipal({ isAdmin: true });
    expect(planWrites({ ...unbound, principal }, jwt).binding).toEqual(binding);
    expect(
      planWrites({ ...unbound, principal: aPrincipal({ issuer: null }) }, jwt).binding,
    ).toBeNull();
  });

  it('add the row that was found by its address to the team', () => {
    const found = aUser({ userId: 'row-7', boundIssuer: ISSUER, boundSubject: 'alice' });
    const facts = { ...warm.facts, user: found, isUserFoundByEmail: true, teams: knownTeams([]) };
    expect(planWrites({ ...warm, facts }, jwt).membership).toEqual({
      teamId: 'research',
      userId: 'row-7',
    });
  });

  it('add no membership where that is switched off', () => {
    const facts = { ...warm.facts, teams: knownTeams([]) };
    const off = { ...jwt, teams: { ...teams, addUserToTeam: false } };
    expect(planWrites({ ...warm, facts }, off)).toEqual(NOTHING);
  });

  it('never create a row for an administrator', () => {
    const principal = aPrincipal({ isAdmin: true });
    expect(planWrites({ ...warm, principal, facts: NO_FACTS }, jwt)).toEqual(NOTHING);
  });

  it('are none for a token that runs as a virtual key, whose user it is not', () => {
    const principal = aPrincipal({ key, role: 'internal_user' });
    const facts = { ...warm.facts, user: aUser(), teams: knownTeams([]) };
    expect(planWrites({ ...warm, principal, facts }, following)).toEqual(NOTHING);
    expect(planWrites({ ...warm, principal, facts: NO_FACTS }, following)).toEqual(NOTHING);
  });

  it('make no member of a team by a token that is older than what rows follow', () => {
    const facts = {
      ...NO_FACTS,
      user: aUser({ boundIssuer: ISSUER, boundSubject: 'alice', syncedIssuedAt: 9 }),
    };
    const older = { ...warm, facts, principal: aPrincipal({ issuedAt: 8 }) };
    expect(planWrites(older, following)).toEqual(NOTHING);
    expect(planWrites(older, jwt).membership).not.toBeNull();
  });

  it('let the rows of a new user follow its token with its first call', () => {
    const claims = { ...warm.principal.teams, listed: ['research'] };
    const principal = aPrincipal({ role: 'proxy_admin_viewer', teams: claims, issuedAt: 7 });
    const facts = { ...NO_FACTS, teams: knownTeams(['research']) };
    const plan = planWrites({ ...warm, principal, facts }, following);
    expect(plan.newUser?.userId).toBe('alice');
    expect(plan.sync).toEqual({
      userId: 'alice',
      issuedAt: 7,
      role: 'proxy_admin_viewer',
      teams: { teamIds: ['research'], keptTeamIds: [] },
    });
    expect(plan.membership).toBeNull();
  });

  it('leave an end user alone who has a row', () => {
    const endUser = { id: 'end', row: anEndUser({ endUserId: 'end' }) };
    expect(planWrites({ ...warm, endUser }, jwt)).toEqual(NOTHING);
  });
});
