import { requestedRoute, type Principal } from '#libs/access';
import {
  aDeployment,
  anOrganization,
  aPrincipal,
  aTeam,
  aUser,
  jwtSettings,
} from '#support/access-builders';
import { ModelCatalogue } from '../policy/model-permissions.js';
import { decideTenancy, type TenancyVerdict } from './tenancy-decision.js';
import { NO_FACTS, type TenancyFacts } from './tenancy-facts.js';

const jwt = jwtSettings({ teamIdField: 'team', adminIssuers: null });
const catalogue = new ModelCatalogue([aDeployment({ modelGroup: 'gpt-4o' })]);

interface Situation {
  readonly principal?: Partial<Principal>;
  readonly facts?: Partial<TenancyFacts>;
  readonly route?: string;
}

function decide({
  principal,
  facts,
  route = 'POST /v1/chat/completions',
}: Situation): TenancyVerdict {
  const [method = '', target = ''] = route.split(' ');
  const requested = requestedRoute(method, target);
  if (requested === null) throw new Error('not normal');
  return decideTenancy({
    principal: aPrincipal(principal),
    facts: { ...NO_FACTS, user: aUser(), team: aTeam(), ...facts },
    route: requested,
    jwt,
    catalogue,
  });
}

const codeOf = (situation: Situation): string | null => decide(situation).refusal?.code ?? null;

describe('when several rules refuse, the first of the documented order is named', () => {
  const everything: Situation = {
    principal: { orgId: 'nowhere' },
    facts: {
      user: aUser({ boundIssuer: 'https://other', blocked: true, role: 'proxy_admin' }),
      team: aTeam({ blocked: true }),
    },
  };
  const facts = everything.facts;

  it('route before rows', () => {
    expect(codeOf({ ...everything, route: 'POST /team/new' })).toBe('route_not_allowed');
  });

  it('identity before its state', () => {
    expect(codeOf(everything)).toBe('identity_conflict');
    expect(codeOf({ ...everything, facts: { ...facts, user: null } })).toBe('user_unknown');
    expect(codeOf({ ...everything, facts: { ...facts, user: aUser({ blocked: true }) } })).toBe(
      'user_blocked',
    );
  });

  it('user before organisation before team', () => {
    expect(codeOf({ ...everything, facts: { ...facts, user: aUser() } })).toBe('org_unknown');
    expect(codeOf({ facts: { ...facts, user: aUser() } })).toBe('team_blocked');
    expect(codeOf({})).toBeNull();
  });
});

describe('whom a call is booked to', () => {
  it('is the row that was found, not the id of the token', () => {
    const verdict = decide({
      facts: { user: aUser({ userId: 'row-7' }), isUserFoundByEmail: true },
    });
    expect(verdict.userId).toBe('row-7');
  });

  it("is the token's organisation, else the team's", () => {
    const facts = { team: aTeam({ organizationId: 'of-team' }) };
    expect(decide({ facts }).orgId).toBe('of-team');
    const organization = anOrganization({ organizationId: 'of-token' });
    expect(
      decide({ principal: { orgId: 'of-token' }, facts: { ...facts, organization } }).orgId,
    ).toBe('of-token');
  });

  it('is no team and no unknown organisation for an administrator', () => {
    const verdict = decide({
      principal: { isAdmin: true, orgId: 'nowhere' },
      facts: { user: null, team: null },
      route: 'POST /team/new',
    });
    expect(verdict).toMatchObject({
      refusal: null,
      role: 'proxy_admin',
      userId: 'alice',
      orgId: null,
    });
    expect(verdict.team.teamId).toBeNull();
  });
});

describe('an administrator by its row', () => {
  const user = aUser({ role: 'proxy_admin' });

  it('may administer although its team is blocked, missing or unknown', () => {
    for (const team of [aTeam({ blocked: true }), null]) {
      expect(codeOf({ facts: { user, team }, route: 'POST /team/unblock' })).toBeNull();
    }
    const teamless = { principal: { teamId: null }, facts: { user, team: null } };
    expect(codeOf({ ...teamless, route: 'POST /team/new' })).toBeNull();
  });

  it('calls models like anybody else', () => {
    expect(codeOf({ facts: { user, team: aTeam({ blocked: true }) } })).toBe('team_blocked');
    const verdict = decide({ facts: { user, team: aTeam({ models: ['other'] }) } });
    expect(verdict.role).toBe('proxy_admin');
    expect(verdict.models.mayUse('gpt-4o')).toBe(false);
  });
});

describe('the models of a call', () => {
  it('are those that team, user and both organisations grant', () => {
    const narrow = anOrganization({ models: ['other'] });
    expect(decide({}).models.mayUse('gpt-4o')).toBe(true);
    for (const facts of [
      { team: aTeam({ models: ['other'] }) },
      { user: aUser({ models: ['other'] }) },
      { organization: narrow },
      { teamOrganization: narrow },
    ]) {
      expect(decide({ facts }).models.mayUse('gpt-4o')).toBe(false);
    }
  });

  it('are all for an administrator by scope', () => {
    const verdict = decide({
      principal: { isAdmin: true },
      facts: { user: aUser({ models: ['other'] }) },
    });
    expect(verdict.models.mayUse('gpt-4o')).toBe(true);
  });
});
