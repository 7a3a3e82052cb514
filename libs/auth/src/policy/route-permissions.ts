import {
  mayUseRoute,
  ROUTE_GROUPS,
  type Principal,
  type RequestedRoute,
  type Role,
} from '#libs/access';
import { memoizeByObject } from '#libs/common';
import type { AccessSettings, JwtSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { shownRoute, type Refusal } from '../failures/refusal.js';
import {
  ALL_ROUTES,
  adminGrant,
  masterKeyGrant,
  organizationGrant,
} from './administrator-grants.js';
import { publicGrants } from './granted-routes.js';
import { isTokenCaller, countedRole } from './role-permissions.js';
import type { RouteExclusion, RouteGrant } from './route-grant.js';

/**
 * What every credential may ask for: LiteLLM's gate for internal users, without what is not built and without the providers' own
 * APIs (`mapped_pass_through_routes`), which reach the whole account of the gateway: a list of routes has to open those.
 */
const COMMON_ROUTES: readonly string[] = Object.freeze([
  'openai_routes',
  'anthropic_routes',
  'google_routes',
  'apply_guardrail_routes',
  'mcp_inference_routes',
  'litellm_native_routes',
  'agent_inference_routes',
  'model_info_routes',
  'info_routes',
  'own_spend_routes',
]);
/** People without a team also have their own virtual keys; a key makes no keys. */
const PERSONAL_ROUTES: readonly string[] = Object.freeze([...COMMON_ROUTES, 'own_key_routes']);

/** Other roles read keys and change none (docs/reference/routes.md). */
const KEYS_EXCLUDED: RouteExclusion = {
  routes: ROUTE_GROUPS.key_management_routes
    .filter((route) => route.startsWith('/key/'))
    .map((route) => `POST ${route}`),
  reason: 'changes a virtual key, and the role of the caller may not',
  configKey: null,
};

/** The settings that this policy reads. */
export interface RoutePolicy {
  readonly jwt: Pick<
    JwtSettings,
    'adminAllowedRoutes' | 'teamAllowedRoutes' | 'ordinaryAllowedRoutes' | 'teams'
  >;
  readonly access: Pick<AccessSettings, 'publicRoutes' | 'adminOnlyRoutes' | 'allowedRoutes'>;
}

/** What only the database knows about a caller, once it has been asked. */
export interface RouteFacts {
  /** A team was chosen, softly or not. */
  readonly hasTeam: boolean;
  /** Role that counts besides what scopes say, of the token or of the row; `null` for none. */
  readonly role: Role | null;
  /** The caller administers an organisation. */
  readonly administersOrganization: boolean;
  /** Configured endpoints that the row of the team opens; `*` stands for every one. Left out for none. */
  readonly passThroughRoutes?: readonly string[];
}

/**
 * Every list of routes that a caller may turn out to hold, evaluated by the credential alone. A route that none of them
 * covers is refused before the first query.
 */
export function possibleRouteGrants(
  principal: Principal,
  policy: RoutePolicy,
): readonly RouteGrant[] {
  const grants = possibleRoles(principal).flatMap((role) =>
    possibleTeams(principal, policy).flatMap((hasTeam) =>
      heldRouteGrants(principal, policy, {
        hasTeam,
        role,
        administersOrganization: mayAdministerOrganization(principal),
        passThroughRoutes: hasTeam ? ALL_ROUTES : [],
      }),
    ),
  );
  return withoutRepetitions(grants);
}

/**
 * Returns the lists of routes that a credential opens, with a team or without one, while no row has
 * given its caller a role. They describe a caller whose rows were not looked up.
 */
export function ownRouteGrants(principal: Principal, policy: RoutePolicy): readonly RouteGrant[] {
  const role =
    principal.role === null ? null : countedRole(principal.role, principal.mayAdminister);
  const grants = possibleTeams(principal, policy).flatMap((hasTeam) =>
    heldRouteGrants(principal, policy, { hasTeam, role, administersOrganization: false }),
  );
  return withoutRepetitions(grants);
}

/**
 * Returns the lists of routes that a caller holds once its team and role are known.
 *
 * An administrative role adds routes to those of the team's members. A viewer of administration reads
 * everything, changes nothing and calls no model. A virtual key with its own list holds those of its
 * owner's routes that are on the list. Configured endpoints and prefixes of providers are opened besides by the lists of the key
 * that an administrator of the gateway made, else by that of the team. Every caller holds the public routes.
 * @param facts team and role of the caller
 */
export function heldRouteGrants(
  principal: Principal,
  policy: RoutePolicy,
  facts: RouteFacts,
): readonly RouteGrant[] {
  if (principal.kind === 'master_key') return [masterKeyGrant];
  const everybodys = publicGrants(policy.access);
  if (principal.kind === 'anonymous') return everybodys;
  const own = ownGrants(principal, policy, facts);
  return [...narrowedByKey(principal, own), ...passThroughOfKey(principal, policy), ...everybodys];
}

/**
 * Evaluates whether a route is served to any caller (`general_settings.allowed_routes`).
 * @param settings the routes that are served
 * @returns `null` when it is served
 */
export function evaluateServed(
  { allowedRoutes }: Pick<AccessSettings, 'allowedRoutes'>,
  route: RequestedRoute,
): Refusal | null {
  if (allowedRoutes === null || mayUseRoute(allowedRoutes, route)) return null;
  return {
    code: 'route_not_allowed',
    detail: `${shownRoute(route)} is not served here`,
    configKey: CONFIG_KEYS.servedRoutes,
  };
}

function ownGrants(
  principal: Principal,
  policy: RoutePolicy,
  facts: RouteFacts,
): readonly RouteGrant[] {
  if (principal.isAdmin) return [adminGrant(principal, policy.jwt)];
  const { role, administersOrganization } = facts;
  const ordinary = ordinaryGrant(principal, policy, facts.hasTeam);
  const endpoints = passThroughOfTeam(principal, facts);
  if (role === 'proxy_admin')
    return [{ ...ordinary, except: [] }, ...endpoints, adminGrant(principal, policy.jwt)];
  if (role === 'proxy_admin_viewer') {
    const admin = adminGrant(principal, policy.jwt);
    const except = exclusionsOf(policy, role);
    return [{ ...admin, holder: 'administrators who only view', reach: 'reads', except }];
  }
  const except = exclusionsOf(policy, role);
  const own = [{ ...ordinary, except }, ...endpoints.map((grant) => ({ ...grant, except }))];
  return administersOrganization ? [...own, { ...organizationGrant, except }] : own;
}

function exclusionsOf({ access }: RoutePolicy, role: Role | null): readonly RouteExclusion[] {
  const adminOnly: RouteExclusion = {
    routes: access.adminOnlyRoutes,
    reason: 'is for administrators alone',
    configKey: CONFIG_KEYS.adminOnlyRoutes,
  };
  return [
    ...(access.adminOnlyRoutes.length === 0 ? [] : [adminOnly]),
    ...(role === null || role === 'internal_user' ? [] : [KEYS_EXCLUDED]),
  ];
}

/** `team_allowed_routes` and the first guide's list are settings of tokens, so that virtual keys have the plain rule. */
function ordinaryGrant(
  principal: Principal,
  { jwt }: RoutePolicy,
  hasTeam: boolean,
): Omit<RouteGrant, 'except'> {
  const grant = { within: null, reach: 'all' } as const;
  if (!isTokenCaller(principal)) {
    return { ...grant, holder: 'virtual keys', routes: COMMON_ROUTES, configKey: null };
  }
  if (jwt.ordinaryAllowedRoutes !== null) {
    return {
      ...grant,
      holder: 'callers that are not administrators',
      routes: jwt.ordinaryAllowedRoutes,
      configKey: CONFIG_KEYS.servedRoutes,
    };
  }
  if (!hasTeam) {
    const holder = 'callers without a team';
    return { ...grant, holder, routes: PERSONAL_ROUTES, configKey: null };
  }
  return {
    ...grant,
    holder: 'callers with a team',
    routes: jwt.teamAllowedRoutes,
    configKey: CONFIG_KEYS.teamRoutes,
  };
}

/** The list of a key only restricts, so that a key never opens more than its owner has (threat A01). */
function narrowedByKey({ key }: Principal, grants: readonly RouteGrant[]): readonly RouteGrant[] {
  if (key === null || key.allowedRoutes.length === 0) return grants;
  return grants.map((grant) => ({
    ...grant,
    holder: 'the virtual key',
    routes: key.allowedRoutes,
    within: grant.routes,
    configKey: null,
  }));
}

/** Each path with everything below it, as in LiteLLM. */
const withSubpaths = memoizeByObject((paths: readonly string[]): readonly string[] =>
  paths.flatMap((path) => (path === '*' ? [path] : [path, `${path}/*`])),
);

/** Tells whether a list of a team opens the configured endpoint that a route is; such a list opens no other route. */
export function opensPassThrough(paths: readonly string[], route: RequestedRoute): boolean {
  return route.endpoint !== undefined && mayUseRoute(withSubpaths(paths), route);
}

/** A list of the key takes the place of that of its team. */
function passThroughOfTeam(
  { key }: Principal,
  { passThroughRoutes = [] }: RouteFacts,
): readonly RouteGrant[] {
  const isKeys = (key?.passThroughRoutes ?? []).length > 0;
  return passThroughRoutes.length === 0 || isKeys
    ? []
    : [{ ...passThroughGrant, holder: 'the team', routes: withSubpaths(passThroughRoutes) }];
}

function passThroughOfKey({ key }: Principal, policy: RoutePolicy): readonly RouteGrant[] {
  const { passThroughRoutes = [], prefixRoutes = [] } = key ?? {};
  const own = { holder: 'the virtual key', except: exclusionsOf(policy, null) };
  const grants: readonly RouteGrant[] = [
    { ...passThroughGrant, ...own, routes: withSubpaths(passThroughRoutes) },
    { ...passThroughGrant, ...own, routes: prefixRoutes, reach: 'prefixes' },
  ];
  return grants.filter(({ routes }) => routes.length > 0);
}

/** Of the roles that a row may add, administrators hold everything that the others do. */
function possibleRoles(principal: Principal): readonly (Role | null)[] {
  const { role, mayAdminister } = principal;
  if (role !== null) return [countedRole(role, mayAdminister)];
  return mayHaveUserRow(principal) && mayAdminister ? [null, 'proxy_admin'] : [null];
}

/** Whether the caller may end up with a team, without one, or either way. */
function possibleTeams(principal: Principal, { jwt }: RoutePolicy): readonly boolean[] {
  const { teamId, source, alias, listed } = principal.teams;
  const isSettled = teamId !== null && source !== 'soft' && !jwt.teams.claimFallback;
  if (isSettled) return [true];
  const namesNone = teamId === null && alias === null && (listed ?? []).length === 0;
  const mayGetOne = mayHaveUserRow(principal) || jwt.teams.defaultTeamId !== null;
  return namesNone && !mayGetOne ? [false] : [true, false];
}

/** A row may make the user an administrator of an organisation, or the token does. */
function mayAdministerOrganization(principal: Principal): boolean {
  return principal.mayAdminister && (mayHaveUserRow(principal) || principal.role === 'org_admin');
}

function mayHaveUserRow(principal: Principal): boolean {
  return principal.userId !== null;
}

function withoutRepetitions(grants: readonly RouteGrant[]): readonly RouteGrant[] {
  return grants.filter((grant, index) => grants.findIndex((one) => isAlike(one, grant)) === index);
}

/** The lists come from frozen settings and rows, so that their identity tells. */
function isAlike(one: RouteGrant, other: RouteGrant): boolean {
  return (
    one.routes === other.routes &&
    one.within === other.within &&
    one.reach === other.reach &&
    one.except.length === other.except.length
  );
}

/** `allowed_passthrough_routes` of a team or of a key, and what `allowed_routes` of a key has of them. */
const passThroughGrant: RouteGrant = Object.freeze({
  holder: '',
  routes: [],
  within: null,
  except: [],
  reach: 'endpoints',
  configKey: null,
});
