import { requestedRoute, routeGroupsOf, type Principal, type RequestedRoute } from '#libs/access';
import { coveringGrant, heldRouteGrants } from '#libs/auth';
import { aPrincipal, jwtSettings, theMasterKey } from '#support/access-builders';

/** Who may call what with default settings. Changing a line is changing permissions. */
const PERMISSIONS: readonly (readonly [route: string, groups: string, callers: string])[] = [
  // Calls of models: teams and people without one; not administrators by scope.
  ['POST /v1/chat/completions', 'openai_routes llm_api_routes', 'master team person row-admin'],
  ['POST /chat/completions', 'openai_routes llm_api_routes', 'master team person row-admin'],
  [
    'POST /engines/m/chat/completions',
    'openai_routes llm_api_routes',
    'master team person row-admin',
  ],
  [
    'POST /openai/deployments/m/chat/completions',
    'openai_routes llm_api_routes',
    'master team person row-admin',
  ],
  [
    'GET /v1/models',
    'openai_routes llm_api_routes info_routes ui_routes',
    'master admin team person row-admin viewer',
  ],
  [
    'GET /v1/models/m',
    'openai_routes llm_api_routes info_routes ui_routes',
    'master admin team person row-admin viewer',
  ],
  // Administration.
  ['POST /team/new', 'management_routes', 'master admin row-admin'],
  ['POST /team/update', 'management_routes', 'master admin row-admin'],
  ['POST /team/delete', 'management_routes', 'master admin row-admin'],
  ['POST /team/block', 'management_routes', 'master admin row-admin'],
  ['POST /team/unblock', 'management_routes', 'master admin row-admin'],
  [
    'GET /team/info',
    'info_routes management_routes ui_routes',
    'master admin team person row-admin viewer',
  ],
  [
    'GET /team/list',
    'info_routes management_routes ui_routes',
    'master admin team person row-admin viewer',
  ],
  ['POST /user/new', 'management_routes', 'master admin row-admin'],
  ['POST /user/update', 'management_routes', 'master admin row-admin'],
  ['POST /user/delete', 'management_routes', 'master admin row-admin'],
  [
    'GET /user/info',
    'info_routes management_routes ui_routes',
    'master admin team person row-admin viewer',
  ],
  ['GET /user/list', 'management_routes', 'master admin row-admin viewer'],
  ['POST /organization/new', 'management_routes', 'master admin row-admin'],
  ['PATCH /organization/update', 'management_routes', 'master admin row-admin'],
  ['DELETE /organization/delete', 'management_routes', 'master admin row-admin'],
  ['GET /organization/info', 'management_routes', 'master admin row-admin viewer'],
  [
    'GET /organization/list',
    'info_routes management_routes ui_routes',
    'master admin team person row-admin viewer',
  ],
  ['POST /auth/explain', 'management_routes', 'master admin row-admin'],
  ['GET /decisions/dec_1', 'management_routes', 'master admin row-admin viewer'],
  ['GET /metrics', 'management_routes', 'master admin row-admin viewer'],
  // Spend.
  [
    'GET /spend/logs',
    'key_management_routes management_routes spend_tracking_routes own_spend_routes',
    'master admin person row-admin viewer',
  ],
  ['GET /global/spend', 'global_spend_tracking_routes ui_routes', 'master admin row-admin viewer'],
  ['POST /global/spend/reset', 'master_key_only_routes', 'master'],
  // What no list names is for the master key alone.
  ['GET /no/such/route', '', 'master'],
  ['POST /V1/chat/completions', '', 'master'],
];

const jwt = jwtSettings();
const person = aPrincipal({ teamId: null });
const NOBODY = { hasTeam: false, userRole: null } as const;

const CALLERS: Readonly<Record<string, (route: RequestedRoute) => boolean>> = {
  master: holderOf(theMasterKey()),
  admin: holderOf(aPrincipal({ isAdmin: true })),
  team: holderOf(aPrincipal(), { hasTeam: true, userRole: null }),
  person: holderOf(person),
  'row-admin': holderOf(person, { hasTeam: false, userRole: 'proxy_admin' }),
  viewer: holderOf(person, { hasTeam: false, userRole: 'proxy_admin_viewer' }),
};

function holderOf(
  principal: Principal,
  facts: Parameters<typeof heldRouteGrants>[2] = NOBODY,
): (route: RequestedRoute) => boolean {
  return (route) => coveringGrant(heldRouteGrants(principal, jwt, facts), route) !== null;
}

describe('the permissions of routes', () => {
  it.each(PERMISSIONS)('%s belongs to [%s] and is open to [%s]', (text, groups, callers) => {
    const [method = '', target = ''] = text.split(' ');
    const route = requestedRoute(method, target);
    if (route === null) throw new Error(`${target} is not in normal form`);
    expect(routeGroupsOf(route).join(' ')).toBe(groups);
    const allowed = Object.entries(CALLERS).filter(([, mayUse]) => mayUse(route));
    expect(allowed.map(([name]) => name).join(' ')).toBe(callers);
  });
});
