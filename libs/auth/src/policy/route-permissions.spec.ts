import { requestedRoute, type Principal, type RequestedRoute } from '#libs/access';
import { aPrincipal, ISSUER, jwtSettings, theMasterKey } from '#support/access-builders';
import {
  coveringGrant,
  heldRouteGrants,
  possibleRouteGrants,
  type RouteFacts,
} from './route-permissions.js';

function route(text: string): RequestedRoute {
  const [method = '', target = ''] = text.split(' ');
  const found = requestedRoute(method, target);
  if (found === null) throw new Error(`${text} is not normal`);
  return found;
}

const jwt = jwtSettings();
const admin = aPrincipal({ isAdmin: true });
const person = aPrincipal();
const teamless = aPrincipal({ teamId: null });
const soft = aPrincipal({ isTeamSoft: true });
const unknownRow: RouteFacts = { hasTeam: true, userRole: null };

const CHAT = 'POST /v1/chat/completions';
const may = (principal: Principal, text: string, policy = jwt): boolean =>
  coveringGrant(possibleRouteGrants(principal, policy), route(text)) !== null;
const holds = (principal: Principal, text: string, facts: Partial<RouteFacts>): boolean =>
  coveringGrant(heldRouteGrants(principal, jwt, { ...unknownRow, ...facts }), route(text)) !== null;

describe('the routes that a token alone may open', () => {
  const noAdmins = jwtSettings({ adminIssuers: [] });

  it.each([
    ['the master key', theMasterKey(), CHAT, true],
    ['the master key', theMasterKey(), 'POST /team/new', true],
    ['the master key', theMasterKey(), 'GET /no/such/route', true],
    ['an administrator', admin, CHAT, false],
    ['an administrator', admin, 'POST /team/new', true],
    ['an administrator', admin, 'POST /auth/explain', true],
    ['an administrator', admin, 'GET /decisions/dec_1', true],
    ['an administrator', admin, 'GET /spend/logs', true],
    ['an administrator', admin, 'GET /v1/models', true],
    ['a member of a team', person, CHAT, true],
    ['a member of a team', person, 'GET /team/info', true],
    ['a member of a team', person, 'POST /team/new', false],
    ['a member of a team', person, 'POST /auth/explain', false],
    ['somebody without a team', teamless, CHAT, true],
    ['somebody without a team', teamless, 'GET /user/info', true],
    ['somebody without a team', teamless, 'GET /spend/logs', true],
    ['somebody without a team', teamless, 'GET /global/spend', false],
    ['somebody without a team', teamless, 'POST /user/new', false],
    ['somebody without a team', teamless, 'POST /no/such/route', false],
    ['somebody with a soft team', soft, CHAT, true],
  ])('lets %s %#: %s %s: %s', (_who, principal, text, expected) => {
    expect(may(principal, text, noAdmins)).toBe(expected);
  });

  it('leave administration open while a user row may still make the caller administrator', () => {
    expect(may(person, 'POST /team/new')).toBe(true);
    expect(may(person, 'POST /team/new', jwtSettings({ adminIssuers: ['https://other'] }))).toBe(
      false,
    );
    expect(may(person, 'POST /team/new', jwtSettings({ adminIssuers: [ISSUER] }))).toBe(true);
    expect(may(aPrincipal({ userId: null }), 'POST /team/new')).toBe(false);
    expect(may(aPrincipal({ userId: null, emailVerified: true }), 'POST /team/new')).toBe(false);
  });

  it('follow team_allowed_routes for every team path, also the soft one', () => {
    const narrow = jwtSettings({ teamAllowedRoutes: ['/embeddings'], adminIssuers: [] });
    expect(may(person, CHAT, narrow)).toBe(false);
    expect(may(person, 'POST /v1/embeddings', narrow)).toBe(true);
  });
});

describe('the routes that a caller holds once its rows are known', () => {
  it.each([
    ['an ordinary user', { userRole: null }, 'POST /team/new', false],
    ['a row of an internal user', { userRole: 'internal_user' }, 'POST /team/new', false],
    ['a row of an administrator', { userRole: 'proxy_admin' }, 'POST /team/new', true],
    ['a row of an administrator', { userRole: 'proxy_admin' }, CHAT, true],
    ['a viewer', { userRole: 'proxy_admin_viewer' }, 'GET /team/list', true],
    ['a viewer', { userRole: 'proxy_admin_viewer' }, 'POST /team/new', false],
    ['a viewer', { userRole: 'proxy_admin_viewer' }, CHAT, false],
    ['a viewer', { userRole: 'proxy_admin_viewer' }, 'GET /v1/models', true],
  ] as const)('for %s: %j %s is %s', (_who, facts, text, expected) => {
    expect(holds(person, text, facts)).toBe(expected);
  });

  it('count an administrative row only for issuers that may assert administrators', () => {
    const policy = jwtSettings({ adminIssuers: ['https://other'] });
    const grants = heldRouteGrants(person, policy, { hasTeam: true, userRole: 'proxy_admin' });
    expect(coveringGrant(grants, route('POST /team/new'))).toBeNull();
  });

  it('never hold more than the token alone left possible', () => {
    const roles = [null, 'proxy_admin', 'proxy_admin_viewer', 'internal_user'] as const;
    for (const principal of [admin, person, teamless, soft, theMasterKey()]) {
      for (const text of [CHAT, 'POST /team/new', 'GET /spend/logs', 'GET /global/spend']) {
        for (const userRole of roles) {
          const hasTeam = principal.teamId !== null;
          if (holds(principal, text, { hasTeam, userRole }))
            expect(may(principal, text)).toBe(true);
        }
      }
    }
  });
});
