import { aPrincipal, aTeam, aUser, ISSUER, jwtSettings } from '#support/access-builders';
import { isNothingPlanned, planWrites, type AdmittedCaller } from './planned-writes.js';
import { NO_FACTS } from './tenancy-facts.js';

const jwt = jwtSettings({ userIdUpsert: true, addUserToTeam: true });
const warm: AdmittedCaller = {
  principal: aPrincipal(),
  facts: {
    ...NO_FACTS,
    user: aUser({ boundIssuer: ISSUER }),
    team: aTeam(),
    isTeamMember: true,
  },
  team: { teamId: 'research', isNew: false, candidates: [], refusal: null },
  endUser: null,
};
const NOTHING = {
  newUser: null,
  binding: null,
  newTeamId: null,
  membership: null,
  newEndUserId: null,
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
      newTeamId: 'research',
      membership: { teamId: 'research', userId: 'alice' },
      newEndUserId: 'end',
    });
    expect(isNothingPlanned(plan)).toBe(false);
  });

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
    const found = aUser({ userId: 'row-7', boundIssuer: ISSUER });
    const facts = { ...warm.facts, user: found, isUserFoundByEmail: true, isTeamMember: false };
    expect(planWrites({ ...warm, facts }, jwt).membership).toEqual({
      teamId: 'research',
      userId: 'row-7',
    });
  });

  it('add nobody where that is switched off', () => {
    const facts = { ...warm.facts, isTeamMember: false };
    expect(planWrites({ ...warm, facts }, jwtSettings({ addUserToTeam: false }))).toEqual(NOTHING);
  });

  it('never create a row for an administrator', () => {
    const principal = aPrincipal({ isAdmin: true });
    const team = { ...warm.team, teamId: null };
    expect(planWrites({ ...warm, principal, team, facts: NO_FACTS }, jwt)).toEqual(NOTHING);
  });

  it('leave an end user alone who has a row', () => {
    const endUser = { id: 'end', row: { endUserId: 'end', blocked: false } };
    expect(planWrites({ ...warm, endUser }, jwt)).toEqual(NOTHING);
  });
});
