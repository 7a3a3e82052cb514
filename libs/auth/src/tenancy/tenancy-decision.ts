import {
  aliasesOfCaller,
  isModelRoute,
  mayUseRoute,
  type ModelAliases,
  type Principal,
  type RequestedRoute,
  type Role,
} from '#libs/access';
import type { AccessSettings, JwtSettings } from '#libs/config';
import type { Refusal } from '../failures/refusal.js';
import {
  ListedModels,
  roleList,
  scopeList,
  type ModelCatalogue,
  type ModelList,
  tokenModelLists,
} from '../policy/model-permissions.js';
import { modelOfRequest } from '../policy/requested-model.js';
import { evaluateIdentity } from '../policy/role-permissions.js';
import { coveringGrant, routeRefusal, type RouteGrant } from '../policy/route-grant.js';
import { heldRouteGrants, opensPassThrough } from '../policy/route-permissions.js';
import {
  administeredOrganizations,
  evaluateOrganization,
  evaluateUser,
  organizationToMake,
  roleOf,
  usableRole,
} from './account-status.js';
import { isSynchronised, membershipsAfter, mirroredTeams } from './membership-sync.js';
import type { TeamQuestion } from './team-question.js';
import { NO_TEAM, resolveTeam, type TeamResolution } from './team-resolution.js';
import type { CandidateRow, TeamFacts, TenancyFacts } from './tenancy-facts.js';
import { listsOf, modelLists } from './tenancy-models.js';

/** The input of {@link decideTenancy}. */
export interface TenancyQuestion {
  readonly principal: Principal;
  readonly facts: TenancyFacts;
  readonly route: RequestedRoute;
  /** The requested model; `null` on routes that call no model and for a malformed name. */
  readonly model: string | null;
  /** Team that the request asks for, by id or alias. */
  readonly requestedTeam: string | null;
  readonly jwt: JwtSettings;
  readonly access: AccessSettings;
  readonly catalogue: ModelCatalogue;
}

/** User, organisation and team of a call, and the refusal if they may not make it. */
export interface TenancyDecision {
  readonly role: Role;
  readonly userId: string | null;
  readonly orgId: string | null;
  /** Id of the organisation that the call makes; it is {@link orgId} then. */
  readonly newOrgId: string | null;
  /** Ids of the organisations that the caller administers. */
  readonly administered: readonly string[];
  readonly team: TeamResolution;
  /** Lists of routes that the caller holds. */
  readonly grants: readonly RouteGrant[];
  readonly models: ListedModels;
  /** The first rule that refuses, in the order that {@link decideTenancy} states. */
  readonly refusal: Refusal | null;
}

/**
 * Decides user, organisation and team of a call. Pure. When several rules refuse, the first in this
 * order is reported:
 *
 * 1. `route_not_allowed`: a caller that may not use the route learns nothing about any row;
 * 2. `identity_conflict`, `user_unknown`, `user_blocked`;
 * 3. `org_unknown`;
 * 4. the refusals of {@link resolveTeam};
 * 5. `role_missing` of a token that leads to neither a user nor a team.
 *
 * The model (role, scopes, virtual key, team, user, organisations) and the end user
 * (`request_invalid`, then `end_user_blocked`) are evaluated after these.
 *
 * For an administrator by scope, 1 applies, 4 where it requests a team, and of 2 the conflict and the
 * block if it has a row. A caller that is an administrator by its token's role or its row counts as one
 * on routes that call no model and as an ordinary caller on the others.
 * @param question the caller, its rows, the request and the settings
 */
export function decideTenancy(question: TenancyQuestion): TenancyDecision {
  const { principal, facts, route, jwt, access } = question;
  const ownRole = usableRole(principal, facts.user, jwt);
  const isAdminRequest = ownRole === 'proxy_admin' && !isModelRoute(route);
  const isTeamless = principal.kind === 'anonymous' || (isAdminRequest && !principal.isAdmin);
  const team = isTeamless ? NO_TEAM : resolveTeam(teamQuestion(question));
  const isAdministering = principal.isAdmin || isAdminRequest;
  const newOrgId = isAdministering ? null : organizationToMake(principal, facts.organization, jwt);
  const orgId = newOrgId ?? orgIdOf(facts, team);
  const roles = { role: ownRole, orgId, policy: jwt };
  const administered = administeredOrganizations(principal, facts, roles);
  const grants = heldRouteGrants(
    principal,
    { jwt, access },
    {
      hasTeam: team.hasTeamRoutes,
      role: ownRole,
      administersOrganization: administered.length > 0,
      passThroughRoutes: endpointsOf(team),
    },
  );
  const ids = { userId: userIdOf(principal, facts), teamId: team.teamId };
  const lists = [...tokenModelLists(principal, jwt), ...modelLists(question, team)];
  return {
    role: roleOf(principal, ownRole, ids),
    userId: ids.userId,
    orgId,
    newOrgId,
    administered,
    team,
    grants,
    models: new ListedModels(lists, question.catalogue, aliasesOf(question, team.row)),
    refusal:
      evaluateRoute(grants, route) ??
      evaluateUser(principal, facts.user, jwt) ??
      evaluateBelonging(question, { ...ids, team, isAdministering }),
  };
}

/**
 * The aliases of the team and of the key of a call. One with the name of a model that role or scopes of the token do not include leads
 * nowhere: its calls are refused before the team is known.
 */
function aliasesOf(question: TenancyQuestion, row: CandidateRow | null): ModelAliases | undefined {
  const { principal, jwt, catalogue } = question;
  const aliases = aliasesOfCaller({
    team: row?.team.modelAliases,
    key: principal.key?.modelAliases,
  });
  if (aliases === undefined) return undefined;
  const lists = [...roleList(principal, jwt), ...scopeList(principal, jwt)];
  if (lists.length === 0) return aliases;
  const ofToken = new ListedModels(lists, catalogue);
  const entries = Object.entries(aliases);
  return Object.fromEntries(
    entries.filter(([name]) => !catalogue.has(name) || ofToken.mayUse(name)),
  );
}

/** The configured endpoints that the team opens. */
function endpointsOf({ row }: TeamResolution): readonly string[] {
  return row?.team.passThroughRoutes ?? [];
}

/** An administrator needs no organisation and no team; a team that it requests must still exist. */
function evaluateBelonging(
  { principal, facts, jwt }: TenancyQuestion,
  belonging: {
    readonly userId: string | null;
    readonly teamId: string | null;
    readonly team: TeamResolution;
    readonly isAdministering: boolean;
  },
): Refusal | null {
  const { refusal } = belonging.team;
  if (belonging.isAdministering) return refusal;
  return (
    evaluateOrganization(principal, facts.organization, jwt) ??
    refusal ??
    evaluateIdentity(principal, belonging, jwt.rbac)
  );
}

function orgIdOf({ organization }: TenancyFacts, { row }: TeamResolution): string | null {
  return organization?.organizationId ?? row?.team.organizationId ?? null;
}

function teamQuestion(question: TenancyQuestion): TeamQuestion {
  const { principal, facts, jwt, ...asked } = question;
  const { route, catalogue } = asked;
  const grants = (row: CandidateRow, lists: readonly ModelList[]): boolean => {
    const model = modelOfRequest(asked.model, route, aliasesOf(question, row));
    return model === null || new ListedModels(lists, catalogue).mayUse(model);
  };
  return {
    principal,
    facts: synchronised(principal, facts, jwt),
    requested: asked.requestedTeam,
    route: {
      callsModels: isModelRoute(route),
      isOpenToTeams: mayUseRoute(jwt.ordinaryAllowedRoutes ?? jwt.teamAllowedRoutes, route),
    },
    isOpenTo: ({ team }) => opensPassThrough(team.passThroughRoutes, route),
    mayServe: (row) => grants(row, listsOf(row)),
    isGranted: (row) => grants(row, [{ holder: 'team', models: row.team.models }]),
    policy: jwt.teams,
  };
}

/** Returns the memberships of the token where those of its user follow it. */
function synchronised(principal: Principal, facts: TenancyFacts, jwt: JwtSettings): TeamFacts {
  const { user, teams } = facts;
  if (!isSynchronised(principal, user, jwt.teams)) return teams;
  const mirrored = mirroredTeams(principal, teams, jwt.teams);
  return { ...teams, memberships: membershipsAfter(teams.memberships, mirrored) };
}

/** The row's own id, which differs from the token's where the row was found by its email address. */
function userIdOf(principal: Principal, facts: TenancyFacts): string | null {
  return facts.user?.userId ?? principal.userId;
}

function evaluateRoute(grants: readonly RouteGrant[], route: RequestedRoute): Refusal | null {
  return coveringGrant(grants, route) === null ? routeRefusal(grants, route) : null;
}
