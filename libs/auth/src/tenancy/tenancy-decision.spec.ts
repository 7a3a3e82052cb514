import { NO_TEAMS, requestedRoute, type Principal } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import { aDeployment, anOrganization, aPrincipal, aUser } from '#support/access-builders';
import { accessSettings, jwtSettings } from '#support/jwt-settings';
import { knownTeams } from '#support/team-facts';
import { ModelCatalogue } from '../policy/model-permissions.js';
import { decideTenancy, type TenancyDecision } from './tenancy-decision.js';
import { NO_FACTS, type TenancyFacts } from './tenancy-facts.js';

const jwt = jwtSettings();
const required = { ...NO_TEAMS, isRequired: true };
const catalogue = new ModelCatalogue({
  deployments: [aDeployment({ modelGroup: 'gpt-4o' })],
  router: { aliases: [] },
});

interface Situation {
  readonly principal?: Partial<Principal>;
  readonly facts?: Partial<TenancyFacts>;
  readonly route?: string;
  readonly model?: string;
  readonly requestedTeam?: string;
  readonly jwt?: Partial<JwtSettings>;
}

function decide({
  principal,
  facts,
  route = 'POST /v1/chat/completions',
  ...rest
}: Situation): TenancyDecision {
  const [method = '', target = ''] = route.split(' ');
  const requested = requestedRoute(method, target);
  if (requested === null) throw new Error('not normal');
  return decideTenancy({
    principal: aPrincipal(principal),
    facts: { ...NO_FACTS, user: aUser(), teams: knownTeams(['research']), ...facts },
    route: requested,
    model: rest.model ?? null,
    requestedTeam: rest.requestedTeam ?? null,
    jwt: { ...jwt, ...rest.jwt },
    access: accessSettings(),
    catalogue,
  });
}

const codeOf = (situation: Situation): string | null => decide(situation).refusal?.code ?? null;

describe('when several rules refuse, the first of the documented order is named', () => {
  const everything: Situation = {
    principal: { orgId: 'nowhere' },
    facts: {
      user: aUser({ boundIssuer: 'https://other', blocked: true, role: 'proxy_admin' }),
      teams: knownTeams([{ blocked: true }]),
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

describe('the user that a call is booked to', () => {
  it('is the row that was found, not the id of the token', () => {
    const result = decide({
      facts: { user: aUser({ userId: 'row-7' }), isUserFoundByEmail: true },
    });
    expect(result.userId).toBe('row-7');
  });

  it("is the token's organisation, else the team's", () => {
    const facts = { teams: knownTeams([{ organizationId: 'of-team' }]) };
    expect(decide({ facts }).orgId).toBe('of-team');
    const organization = anOrganization({ organizationId: 'of-token' });
    expect(
      decide({ principal: { orgId: 'of-token' }, facts: { ...facts, organization } }).orgId,
    ).toBe('of-token');
  });

  it('is neither a team nor an unknown organisation for an administrator', () => {
    const result = decide({
      principal: { isAdmin: true, orgId: 'nowhere' },
      facts: { user: null, teams: knownTeams([]) },
      route: 'POST /team/new',
    });
    expect(result).toMatchObject({
      refusal: null,
      role: 'proxy_admin',
      userId: 'alice',
      orgId: null,
    });
    expect(result.team.teamId).toBeNull();
  });
});

describe('an administrator by its row', () => {
  const user = aUser({ role: 'proxy_admin' });

  it('may administer although its team is blocked, missing or unknown', () => {
    for (const teams of [knownTeams([{ blocked: true }]), knownTeams([])]) {
      expect(codeOf({ facts: { user, teams }, route: 'POST /team/unblock' })).toBeNull();
    }
    const teamless = { principal: { teams: required }, facts: { user, teams: knownTeams([]) } };
    expect(codeOf({ ...teamless, route: 'POST /team/new' })).toBeNull();
  });

  it('calls models like every other caller', () => {
    const blocked = knownTeams([{ blocked: true }]);
    expect(codeOf({ facts: { user, teams: blocked } })).toBe('team_blocked');
    const narrow = knownTeams([{ models: ['other'] }]);
    const result = decide({ facts: { user, teams: narrow } });
    expect(result.role).toBe('proxy_admin');
    expect(result.models.mayUse('gpt-4o')).toBe(false);
  });
});

describe('the models of a call', () => {
  it('are those that team, user and both organisations grant', () => {
    const models = ['other'];
    const organization = anOrganization({ models });
    const known = knownTeams([{ organizationId: 'acme' }]);
    const rows = new Map([...known.rows].map(([id, row]) => [id, { ...row, organization }]));
    expect(decide({}).models.mayUse('gpt-4o')).toBe(true);
    for (const facts of [
      { teams: knownTeams([{ models }]) },
      { user: aUser({ models }) },
      { organization },
      { teams: { ...known, rows } },
    ]) {
      expect(decide({ facts }).models.mayUse('gpt-4o')).toBe(false);
    }
  });

  it('are all for an administrator by scope', () => {
    const result = decide({
      principal: { isAdmin: true },
      facts: { user: aUser({ models: ['other'] }) },
    });
    expect(result.models.mayUse('gpt-4o')).toBe(true);
  });

  it('are those of the team that an administrator by scope asked to act for', () => {
    const teams = knownTeams([{ models: ['other'] }]);
    const result = decide({
      principal: { isAdmin: true, teams: NO_TEAMS },
      facts: { teams },
      requestedTeam: 'research',
      jwt: { adminAllowedRoutes: ['*'] },
    });
    expect([result.refusal, result.team.teamId]).toEqual([null, 'research']);
    expect(result.models.mayUse('gpt-4o')).toBe(false);
  });

  it('choose the team of a list together with those of its organisation', () => {
    const teams = { ...NO_TEAMS, listed: ['closed', 'open'] };
    const known = knownTeams([{ teamId: 'closed', organizationId: 'acme' }, 'open']);
    const organization = anOrganization({ models: ['other'] });
    const rows = new Map(
      [...known.rows].map(([id, row]) => [id, id === 'closed' ? { ...row, organization } : row]),
    );
    const situation = { principal: { teams }, facts: { teams: { ...known, rows } } };
    expect(decide({ ...situation, model: 'gpt-4o' }).team.teamId).toBe('open');
    expect(decide(situation).team.teamId).toBe('closed');
  });

  it('are none where the team was refused', () => {
    const listed = { ...NO_TEAMS, listed: ['nowhere'] };
    const { models } = decide({ principal: { teams: listed }, facts: { teams: knownTeams([]) } });
    expect(models.mayUse('gpt-4o')).toBe(false);
  });

  it('are those of any team of a list of which none grants the requested one', () => {
    const teams = { ...NO_TEAMS, listed: ['of-gpt', 'closed'] };
    const facts = {
      teams: knownTeams([
        { teamId: 'of-gpt', models: ['gpt-4o'] },
        { teamId: 'closed', blocked: true },
      ]),
    };
    const { models, refusal } = decide({ principal: { teams }, facts, model: 'other' });
    expect(refusal?.code).toBe('model_not_allowed');
    expect([models.mayUse('gpt-4o'), models.mayUse('other')]).toEqual([true, false]);
  });
});

describe('a role that the token gives', () => {
  const principal = { role: 'proxy_admin' as const };

  it('is that of an administrator for this request, over the row', () => {
    const result = decide({ principal, route: 'POST /team/new' });
    expect([result.refusal, result.role]).toEqual([null, 'proxy_admin']);
    expect(
      codeOf({ principal: { ...principal, mayAdminister: false }, route: 'POST /team/new' }),
    ).toBe('route_not_allowed');
  });

  it('that is gone takes the stored one away at once, where roles follow tokens', () => {
    const user = aUser({ role: 'proxy_admin', roleSource: 'sync' });
    const following = { teams: { ...jwt.teams, syncUser: true } };
    const one = { facts: { user }, route: 'POST /team/new' };
    expect(codeOf(one)).toBeNull();
    expect(codeOf({ ...one, jwt: following })).toBe('route_not_allowed');
  });
});

describe('memberships that follow the token', () => {
  it('are evaluated as the token has them, before they are written', () => {
    const following = { teams: { ...jwt.teams, syncUser: true } };
    const principal = { teams: { ...NO_TEAMS, listed: [] } };
    const facts = { teams: knownTeams(['research'], ['research']) };
    expect(decide({ principal, facts }).team.teamId).toBe('research');
    expect(decide({ principal, facts, jwt: following }).team.teamId).toBeNull();
  });
});

describe('a token that leads to no user and no team', () => {
  it('is refused by general_settings.enforce_rbac, once every fallback was asked', () => {
    const principal = { userId: null, teams: NO_TEAMS };
    const facts = { user: null };
    const rbac = { ...jwt.rbac, enforceIdentity: true };
    expect(codeOf({ principal, facts, jwt: { rbac } })).toBe('role_missing');
    expect(codeOf({ principal, facts })).toBeNull();
    expect(
      codeOf({ facts: { user: null }, principal: { userId: null }, jwt: { rbac } }),
    ).toBeNull();
  });
});
