import { isModelRoute, type Principal, type RequestedRoute, type Role } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import {
  ListedModels,
  userModelsBesideTeam,
  type ModelCatalogue,
  type ModelList,
} from '../policy/model-permissions.js';
import type { Refusal } from '../policy/refusal.js';
import {
  coveringGrant,
  heldRouteGrants,
  routeRefusal,
  type RouteGrant,
} from '../policy/route-permissions.js';
import { judgeOrganization, judgeUser, roleOf, usableUserRole } from './standing.js';
import { resolveTeam, type TeamResolution } from './team-resolution.js';
import type { TenancyFacts } from './tenancy-facts.js';

/** Everything that tenancy is decided from. */
export interface TenancyQuestion {
  readonly principal: Principal;
  readonly facts: TenancyFacts;
  readonly route: RequestedRoute;
  readonly jwt: JwtSettings;
  readonly catalogue: ModelCatalogue;
}

/** For whom a call is made, and whether those may. */
export interface TenancyVerdict {
  readonly role: Role;
  readonly userId: string | null;
  readonly orgId: string | null;
  readonly team: TeamResolution;
  /** Lists of routes that the caller holds. */
  readonly grants: readonly RouteGrant[];
  readonly models: ListedModels;
  /** The first rule that refuses, in the order that {@link decideTenancy} states. */
  readonly refusal: Refusal | null;
}

/** Who administers acts for no team, so the state of one cannot keep an administrator out. */
const NO_TEAM: TeamResolution = Object.freeze({
  teamId: null,
  isNew: false,
  candidates: [],
  refusal: null,
});

/**
 * Decides for whom a call is made. Pure; when several rules refuse, the first of this order is named:
 *
 * 1. `route_not_allowed`: a caller who may not use the route learns nothing about any row;
 * 2. `identity_conflict`, `user_unknown`, `user_blocked`;
 * 3. `org_unknown`;
 * 4. `team_required`, `team_unknown`, `team_blocked`.
 *
 * The model (team, then user, then organisation) and the end user (`request_invalid`, then `end_user_blocked`) are
 * judged after these.
 *
 * Administrators by scope are subject to 1 and, if they have a row, to conflict and block of 2. A caller whose row
 * makes it administrator counts as one on routes that call no model; on the others it is a caller like any other.
 * @param question the caller, its rows, the route and the settings
 */
export function decideTenancy(question: TenancyQuestion): TenancyVerdict {
  const { principal, facts, route, jwt } = question;
  const userRole = usableUserRole(principal, facts.user, jwt);
  const isAdministering = administers(principal, userRole, route);
  const team = isAdministering ? NO_TEAM : resolveTeam(principal, facts.team, jwt);
  const grants = heldRouteGrants(principal, jwt, {
    hasTeam: mayHaveTeam(principal, team),
    userRole,
  });
  const ids = { userId: userIdOf(principal, facts), teamId: team.teamId };
  return {
    role: roleOf(principal, userRole, ids),
    userId: ids.userId,
    orgId: orgIdOf(facts, team),
    team,
    grants,
    models: new ListedModels(modelLists(principal, facts, team), question.catalogue),
    refusal:
      judgeRoute(grants, route) ??
      judgeUser(principal, facts.user, jwt) ??
      (isAdministering ? null : judgeOrganization(principal, facts.organization)) ??
      team.refusal,
  };
}

function administers(principal: Principal, role: Role | null, route: RequestedRoute): boolean {
  return principal.isAdmin || (role === 'proxy_admin' && !isModelRoute(route));
}

/** The row's own id, which differs from the token's where the row was found by its email address. */
function userIdOf(principal: Principal, facts: TenancyFacts): string | null {
  return facts.user?.userId ?? principal.userId;
}

function judgeRoute(grants: readonly RouteGrant[], route: RequestedRoute): Refusal | null {
  return coveringGrant(grants, route) === null ? routeRefusal(grants, route) : null;
}

/** A team that is about to be refused still decides which list of routes holds. */
function mayHaveTeam(principal: Principal, team: TeamResolution): boolean {
  return team.teamId !== null || (team.refusal !== null && principal.teamId !== null);
}

function orgIdOf(facts: TenancyFacts, team: TeamResolution): string | null {
  const ofTeam = team.teamId === null ? null : (facts.team?.organizationId ?? null);
  return facts.organization?.organizationId ?? ofTeam;
}

function modelLists(
  principal: Principal,
  facts: TenancyFacts,
  team: TeamResolution,
): readonly ModelList[] {
  if (principal.isAdmin) return [];
  const lists: ModelList[] = [];
  const hasTeam = team.teamId !== null;
  if (hasTeam && facts.team !== null) lists.push({ holder: 'team', models: facts.team.models });
  if (facts.user !== null) {
    lists.push({ holder: 'user', models: userModelsBesideTeam(facts.user.models, hasTeam) });
  }
  for (const organization of [facts.organization, hasTeam ? facts.teamOrganization : null]) {
    if (organization !== null) {
      lists.push({ holder: 'organization', models: organization.models });
    }
  }
  return lists;
}
