import {
  NO_TEAMS,
  routeGroupsOf,
  type KeyGrant,
  type Principal,
  type RequestedRoute,
} from '#libs/access';
import { coveringGrant, heldRouteGrants } from '#libs/auth';
import { settingsFromYaml } from '#libs/config';
import { aRoute } from '#support/a-route';
import { aPrincipal, theMasterKey } from '#support/access-builders';

const READERS = 'master admin team person row-admin org-admin viewer key';
const ADMINS = 'master admin row-admin';
const ADMIN_READERS = 'master admin row-admin viewer';
const CALLERS_OF_MODELS = 'master team person row-admin org-admin key';
const OWN_KEYS = 'master admin person row-admin org-admin';
const ORGANIZATION_ADMINS = 'master admin row-admin org-admin';
const ORGANIZATION_READERS = 'master admin row-admin org-admin viewer';
const OWN_READERS = 'master admin team person row-admin org-admin viewer key';
const CHAT_GROUPS = 'openai_routes llm_api_routes';
const INFO_GROUPS =
  'info_routes management_routes ui_routes admin_viewer_routes org_admin_allowed_routes';
const MANAGED = 'management_routes org_admin_allowed_routes';
const SELF_MANAGED = 'management_routes self_managed_routes org_admin_allowed_routes';
const KEY_GROUPS =
  'key_management_routes management_routes internal_user_routes org_admin_allowed_routes';

/** Who may call what with default settings. Changing a line is changing permissions. */
const PERMISSIONS: readonly (readonly [route: string, groups: string, callers: string])[] = [
  // Calls of models: teams, people without one and virtual keys; not administrators by scope.
  ['POST /v1/chat/completions', CHAT_GROUPS, CALLERS_OF_MODELS],
  ['POST /chat/completions', CHAT_GROUPS, CALLERS_OF_MODELS],
  ['POST /engines/m/chat/completions', CHAT_GROUPS, CALLERS_OF_MODELS],
  ['POST /openai/deployments/m/chat/completions', CHAT_GROUPS, CALLERS_OF_MODELS],
  [
    'GET /v1/models',
    'openai_routes llm_api_routes info_routes ui_routes admin_viewer_routes org_admin_allowed_routes',
    READERS,
  ],
  [
    'GET /v1/models/m',
    'openai_routes llm_api_routes info_routes ui_routes internal_user_routes admin_viewer_routes org_admin_allowed_routes',
    READERS,
  ],
  // Administration.
  ['POST /team/new', MANAGED, ADMINS],
  ['POST /team/update', MANAGED, ADMINS],
  ['POST /team/delete', MANAGED, ADMINS],
  ['POST /team/block', MANAGED, ADMINS],
  ['POST /team/unblock', MANAGED, ADMINS],
  ['POST /team/member_add', SELF_MANAGED, ADMINS],
  ['POST /team/member_delete', SELF_MANAGED, ADMINS],
  ['GET /team/info', INFO_GROUPS, READERS],
  ['GET /team/list', INFO_GROUPS, READERS],
  ['POST /user/new', MANAGED, ADMINS],
  ['POST /user/update', MANAGED, ADMINS],
  ['POST /user/delete', MANAGED, ADMINS],
  ['GET /user/info', INFO_GROUPS, READERS],
  [
    'GET /user/list',
    'management_routes self_managed_routes admin_viewer_routes org_admin_allowed_routes',
    ADMIN_READERS,
  ],
  ['POST /organization/new', MANAGED, ADMINS],
  ['PATCH /organization/update', MANAGED, ADMINS],
  [
    'DELETE /organization/delete',
    'management_routes org_admin_only_routes org_admin_allowed_routes',
    ADMINS,
  ],
  [
    'GET /organization/info',
    'management_routes own_organization_routes org_admin_only_routes org_admin_allowed_routes',
    ORGANIZATION_READERS,
  ],
  ...['POST /organization/member_add', 'PATCH /organization/member_update'].map(
    (operation) =>
      [
        operation,
        'management_routes own_organization_routes org_admin_only_routes org_admin_allowed_routes',
        ORGANIZATION_ADMINS,
      ] as const,
  ),
  ['GET /organization/list', `${INFO_GROUPS} own_organization_routes`, READERS],
  ...['customer', 'end_user'].flatMap((prefix) => [
    ...['new', 'update', 'delete', 'block', 'unblock'].map(
      (action) => [`POST /${prefix}/${action}`, MANAGED, ADMINS] as const,
    ),
    ...['info', 'list'].map(
      (action) => [`GET /${prefix}/${action}`, MANAGED, ADMIN_READERS] as const,
    ),
  ]),
  ...['new', 'update', 'info', 'delete'].map(
    (action) => [`POST /tag/${action}`, MANAGED, ADMINS] as const,
  ),
  [
    'GET /tag/list',
    'management_routes own_spend_routes own_organization_routes internal_user_routes internal_user_view_only_routes admin_viewer_routes org_admin_allowed_routes',
    OWN_READERS,
  ],
  ['POST /auth/explain', MANAGED, ADMINS],
  ['GET /decisions/dec_1', MANAGED, ADMIN_READERS],
  ['POST /revocations', MANAGED, ADMINS],
  ['GET /revocations', MANAGED, ADMIN_READERS],
  ['DELETE /revocations/1', MANAGED, ADMINS],
  ['GET /metrics', MANAGED, ADMIN_READERS],
  ['GET /health/readiness/details', MANAGED, ADMIN_READERS],
  // Virtual keys.
  ['POST /key/generate', `${KEY_GROUPS} own_key_routes`, OWN_KEYS],
  ['POST /key/delete', `${KEY_GROUPS} own_key_routes`, OWN_KEYS],
  ['POST /key/regenerate', `${KEY_GROUPS} own_key_routes`, OWN_KEYS],
  ['POST /key/k/regenerate', `${KEY_GROUPS} own_key_routes`, OWN_KEYS],
  ['POST /key/service-account/generate', KEY_GROUPS, ADMINS],
  ['POST /key/update', KEY_GROUPS, ADMINS],
  ['POST /key/block', KEY_GROUPS, ADMINS],
  ['POST /jwt/key/mapping/new', MANAGED, ADMINS],
  ['GET /jwt/key/mapping/list', MANAGED, ADMIN_READERS],
  // Spend.
  [
    'GET /spend/logs',
    'key_management_routes management_routes spend_tracking_routes own_spend_routes own_organization_routes internal_user_routes internal_user_view_only_routes admin_viewer_routes org_admin_allowed_routes',
    OWN_READERS,
  ],
  [
    'GET /global/spend',
    'global_spend_tracking_routes own_organization_routes ui_routes',
    ORGANIZATION_READERS,
  ],
  ['POST /global/spend/reset', 'master_key_only_routes', 'master'],
  // What no list names is for the master key alone.
  ['GET /no/such/route', '', 'master'],
  ['POST /V1/chat/completions', '', 'master'],
];

const settings = settingsFromYaml('{}');
const person = aPrincipal({ teams: NO_TEAMS });
const key: KeyGrant = { keyId: 'k', alias: null, models: [], allowedRoutes: [] };
const NO_FACTS = { hasTeam: false, role: null, administersOrganization: false } as const;

const CALLERS: Readonly<Record<string, (route: RequestedRoute) => boolean>> = {
  master: holderOf(theMasterKey()),
  admin: holderOf(aPrincipal({ isAdmin: true })),
  team: holderOf(aPrincipal(), { ...NO_FACTS, hasTeam: true }),
  person: holderOf(person),
  'row-admin': holderOf(person, { ...NO_FACTS, role: 'proxy_admin' }),
  'org-admin': holderOf(person, { ...NO_FACTS, administersOrganization: true }),
  viewer: holderOf(person, { ...NO_FACTS, role: 'proxy_admin_viewer' }),
  key: holderOf(aPrincipal({ kind: 'virtual_key', key }), { ...NO_FACTS, hasTeam: true }),
};

function holderOf(
  principal: Principal,
  facts: Parameters<typeof heldRouteGrants>[2] = NO_FACTS,
): (route: RequestedRoute) => boolean {
  return (route) => coveringGrant(heldRouteGrants(principal, settings, facts), route) !== null;
}

describe('the permissions of routes', () => {
  it.each(PERMISSIONS)('%s belongs to [%s] and is open to [%s]', (text, groups, callers) => {
    const route = aRoute(text);
    expect([...routeGroupsOf(route)].sort()).toEqual(groups === '' ? [] : groups.split(' ').sort());
    const allowed = Object.entries(CALLERS).filter(([, mayUse]) => mayUse(route));
    expect(allowed.map(([name]) => name).join(' ')).toBe(callers);
  });
});
