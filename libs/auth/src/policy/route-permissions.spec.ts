import { NO_TEAMS, type KeyGrant, type Principal, type Role } from '#libs/access';
import { aRoute } from '#support/a-route';
import { aPrincipal, theMasterKey } from '#support/access-builders';
import { jwtSettings } from '#support/jwt-settings';
import { ANONYMOUS } from './granted-routes.js';
import { coveringGrant, routeRefusal } from './route-grant.js';
import {
  heldRouteGrants,
  evaluateServed,
  possibleRouteGrants,
  type RouteFacts,
  type RoutePolicy,
} from './route-permissions.js';

const OPEN: RoutePolicy['access'] = { publicRoutes: [], adminOnlyRoutes: [], allowedRoutes: null };
const policy: RoutePolicy = { jwt: jwtSettings(), access: OPEN };
const withJwt = (jwt: Parameters<typeof jwtSettings>[0]): RoutePolicy => ({
  ...policy,
  jwt: jwtSettings(jwt),
});
const withAccess = (access: Partial<RoutePolicy['access']>): RoutePolicy => ({
  ...policy,
  access: { ...OPEN, ...access },
});

const admin = aPrincipal({ isAdmin: true });
const person = aPrincipal();
const subject = aPrincipal({ mayAdminister: false });
const teamless = aPrincipal({ teams: NO_TEAMS });
const soft = aPrincipal({ teams: { ...NO_TEAMS, teamId: 'research', source: 'soft' } });
const aKeyOf = (allowedRoutes: readonly string[], over: Partial<Principal> = {}): Principal => {
  const key: KeyGrant = { keyId: 'k', alias: null, models: [], allowedRoutes };
  return aPrincipal({ kind: 'virtual_key', key, ...over });
};

const CHAT = 'POST /v1/chat/completions';
const may = (principal: Principal, text: string, over = policy): boolean =>
  coveringGrant(possibleRouteGrants(principal, over), aRoute(text)) !== null;
const holds = (
  principal: Principal,
  text: string,
  facts: Partial<RouteFacts> = {},
  over = policy,
): boolean => {
  const known = { hasTeam: true, role: null, administersOrganization: false, ...facts };
  return coveringGrant(heldRouteGrants(principal, over, known), aRoute(text)) !== null;
};

describe('the routes that a credential alone may open', () => {
  it.each([
    ['the master key', theMasterKey(), CHAT, true],
    ['the master key', theMasterKey(), 'POST /team/new', true],
    ['the master key', theMasterKey(), 'GET /no/such/route', true],
    ['an administrator', admin, CHAT, false],
    ['an administrator', admin, 'POST /team/new', true],
    ['an administrator', admin, 'POST /auth/explain', true],
    ['an administrator', admin, 'GET /v1/models', true],
    ['a member of a team', subject, CHAT, true],
    ['a member of a team', subject, 'GET /team/info', true],
    ['a member of a team', subject, 'POST /team/new', false],
    ['a member of a team', subject, 'POST /auth/explain', false],
    ['a caller with a soft team', soft, CHAT, true],
    ['an anonymous caller', ANONYMOUS, CHAT, false],
    ['an anonymous caller', ANONYMOUS, 'GET /v1/models', false],
  ])('lets %s %#: %s %s: %s', (_who, principal, text, expected) => {
    expect(may(principal, text)).toBe(expected);
  });

  it.each([
    [CHAT, true],
    ['GET /user/info', true],
    ['GET /spend/logs', true],
    ['GET /global/spend', false],
    ['POST /user/new', false],
    ['POST /no/such/route', false],
  ])('lets a caller without a team %s: %s', (text, expected) => {
    expect(may({ ...teamless, mayAdminister: false }, text)).toBe(expected);
  });

  it('leave administration open while a user row may still make the caller administrator', () => {
    expect(may(person, 'POST /team/new')).toBe(true);
    expect(may(subject, 'POST /team/new')).toBe(false);
    expect(may(aPrincipal({ userId: null }), 'POST /team/new')).toBe(false);
    expect(may(aPrincipal({ role: 'internal_user' }), 'POST /team/new')).toBe(false);
    expect(may(aPrincipal({ role: 'proxy_admin' }), 'POST /team/new')).toBe(true);
    expect(may({ ...subject, role: 'proxy_admin' }, 'POST /team/new')).toBe(false);
  });

  it('follow team_allowed_routes for every team path, also the soft one', () => {
    const narrow = withJwt({ teamAllowedRoutes: ['/embeddings'] });
    expect(may(subject, CHAT, narrow)).toBe(false);
    expect(may(subject, 'POST /v1/embeddings', narrow)).toBe(true);
    expect(holds(soft, CHAT, { hasTeam: true }, narrow)).toBe(false);
  });

  it('are those of the first guide’s list for everybody but administrators, where there is one', () => {
    const first = withJwt({ ordinaryAllowedRoutes: ['/chat/completions'] });
    for (const who of [subject, { ...teamless, mayAdminister: false }]) {
      expect([may(who, CHAT, first), may(who, 'GET /v1/models', first)]).toEqual([true, false]);
    }
    expect(may(admin, 'POST /team/new', first)).toBe(true);
    expect(may(aKeyOf([]), 'GET /v1/models', first)).toBe(true);
  });
});

describe('the routes that a caller holds once its rows are known', () => {
  it.each([
    [null, 'POST /team/new', false],
    ['internal_user', 'POST /team/new', false],
    ['org_admin', 'POST /team/new', false],
    ['proxy_admin', 'POST /team/new', true],
    ['proxy_admin', CHAT, true],
    ['proxy_admin_viewer', 'GET /team/list', true],
    ['proxy_admin_viewer', 'POST /team/new', false],
    ['proxy_admin_viewer', CHAT, false],
    ['proxy_admin_viewer', 'GET /v1/models', true],
  ] as const)('with the role %s %s: %s', (role, text, expected) => {
    expect(holds(person, text, { role })).toBe(expected);
  });

  it('hold, of virtual keys, their own for people alone', () => {
    const alone = { hasTeam: false };
    expect(holds(teamless, 'POST /key/generate', alone)).toBe(true);
    expect(holds(teamless, 'POST /key/block', alone)).toBe(false);
    expect(holds(person, 'POST /key/generate')).toBe(false);
    expect(holds(aKeyOf([]), 'POST /key/generate', alone)).toBe(false);
    for (const role of ['internal_user_viewer', 'customer', 'team'] as const) {
      expect(holds(teamless, 'POST /key/generate', { ...alone, role })).toBe(false);
    }
  });

  it('let those who only view look at keys and change none', () => {
    const keys = withJwt({ teamAllowedRoutes: ['key_management_routes', '/key/info'] });
    const viewer = { role: 'internal_user_viewer' } as const;
    expect(holds(person, 'GET /key/info', viewer, keys)).toBe(true);
    expect(holds(person, 'POST /key/generate', viewer, keys)).toBe(false);
    expect(holds(person, 'POST /key/generate', {}, keys)).toBe(true);
  });

  it('never hold more than the credential alone left possible', () => {
    const roles: readonly (Role | null)[] = [
      null,
      'proxy_admin',
      'proxy_admin_viewer',
      'internal_user',
      'internal_user_viewer',
    ];
    const keys = [aKeyOf([]), aKeyOf(['management_routes', CHAT]), aKeyOf([], { userId: null })];
    const odd = withAccess({ adminOnlyRoutes: ['/global/spend'], publicRoutes: ['/team/info'] });
    for (const principal of [admin, person, teamless, soft, theMasterKey(), ANONYMOUS, ...keys]) {
      for (const text of [CHAT, 'POST /team/new', 'GET /team/info', 'GET /global/spend']) {
        for (const role of principal.userId === null ? [null] : roles) {
          for (const hasTeam of principal.teams.teamId === null ? [true, false] : [true]) {
            for (const over of [policy, odd]) {
              const facts = { hasTeam: hasTeam && principal.userId !== null, role };
              if (holds(principal, text, facts, over)) {
                expect(may(principal, text, over)).toBe(true);
              }
            }
          }
        }
      }
    }
  });
});

describe('a virtual key', () => {
  it('without a list of its own holds what its owner holds, without the rules for tokens', () => {
    const narrow = withJwt({ teamAllowedRoutes: [] });
    expect(holds(aKeyOf([]), CHAT, {}, narrow)).toBe(true);
    expect(holds(aKeyOf([]), 'POST /team/new')).toBe(false);
    expect(holds(aKeyOf([]), 'POST /team/new', { role: 'proxy_admin' })).toBe(true);
  });

  it('is not bound by admin_allowed_routes, which is for tokens', () => {
    const over = withJwt({ adminAllowedRoutes: ['/user/list'] });
    const asAdmin = { role: 'proxy_admin' } as const;
    const asViewer = { role: 'proxy_admin_viewer' } as const;
    expect(holds(aKeyOf([]), 'POST /team/new', asAdmin, over)).toBe(true);
    expect(holds(aKeyOf(['/team/new']), 'POST /team/new', asAdmin, over)).toBe(true);
    expect(holds(aKeyOf(['/team/new']), 'GET /user/list', asAdmin, over)).toBe(false);
    expect(holds(aKeyOf([]), 'GET /team/list', asViewer, over)).toBe(true);
    expect(holds(aKeyOf([]), 'POST /team/new', asViewer, over)).toBe(false);
    expect(holds(aKeyOf([]), 'GET /user/list', { role: 'internal_user' }, over)).toBe(false);
    expect(holds(person, 'POST /team/new', asAdmin, over)).toBe(false);
  });

  it('with a list holds of that what is on the list, also as an administrator’s', () => {
    const chatOnly = aKeyOf(['/chat/completions']);
    expect(holds(chatOnly, CHAT)).toBe(true);
    expect(holds(chatOnly, 'POST /embeddings')).toBe(false);
    expect(holds(chatOnly, 'POST /team/new', { role: 'proxy_admin' })).toBe(false);
  });

  it('cannot be given what its owner lacks', () => {
    const greedy = aKeyOf(['management_routes', '*']);
    expect(holds(greedy, 'POST /team/new')).toBe(false);
    expect(holds(greedy, 'POST /team/new', { role: 'proxy_admin' })).toBe(true);
  });
});

describe('the lists for everybody', () => {
  it('keep admin_only_routes for administrators, by scope within their own list', () => {
    const over = withAccess({ adminOnlyRoutes: ['/embeddings', '/team/info', '/spend/*'] });
    expect(holds(person, 'POST /v1/embeddings', {}, over)).toBe(false);
    expect(holds(person, 'GET /team/info', { role: 'proxy_admin_viewer' }, over)).toBe(false);
    expect(holds(person, 'POST /v1/embeddings', { role: 'proxy_admin' }, over)).toBe(true);
    expect(holds(admin, 'GET /team/info', {}, over)).toBe(true);
    expect(holds(admin, 'POST /v1/embeddings', {}, over)).toBe(false);
    expect(holds(aKeyOf(['/embeddings']), 'POST /v1/embeddings', {}, over)).toBe(false);
    const grants = heldRouteGrants(subject, over, {
      hasTeam: true,
      role: null,
      administersOrganization: false,
    });
    expect(routeRefusal(grants, aRoute('POST /embeddings'))).toMatchObject({
      code: 'route_not_allowed',
      configKey: 'general_settings.admin_only_routes',
    });
  });

  it('open public_routes to every caller, with every credential', () => {
    const over = withAccess({ publicRoutes: ['/metrics'], adminOnlyRoutes: ['/metrics'] });
    for (const who of [ANONYMOUS, person, admin, aKeyOf(['/chat/completions'])]) {
      expect([holds(who, 'GET /metrics', {}, over), may(who, 'GET /metrics', over)]).toEqual([
        true,
        true,
      ]);
    }
    expect(holds(ANONYMOUS, CHAT, {}, over)).toBe(false);
  });

  it('serve nothing beyond allowed_routes', () => {
    const served = { allowedRoutes: ['openai_routes', '/team/info'] };
    expect(evaluateServed(served, aRoute(CHAT))).toBeNull();
    expect(evaluateServed(served, aRoute('POST /team/new'))).toMatchObject({
      code: 'route_not_allowed',
      configKey: 'general_settings.allowed_routes',
    });
    expect(evaluateServed({ allowedRoutes: null }, aRoute('POST /team/new'))).toBeNull();
  });
});
