import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';
import { isTeamClaimed, teamsByDecision } from './named-teams.js';
import { blockedTeam } from './single-team.js';
import {
  chosenTeam,
  noTeam,
  refusedTeam,
  type PassedOver,
  type TeamOutcome,
  type TeamQuestion,
  type TeamStage,
} from './team-question.js';

const CLOSED_ROUTE = 'the route is not one of those of callers with a team';

/** Teams of which one is to be chosen. */
interface TeamList {
  /** In the order in which they are tried. */
  readonly ids: readonly string[];
  /** Where they come from, as the end of a sentence. */
  readonly origin: string;
  readonly configKey: string;
  /** Whether the routes of teams hold for calls of models alone, or for every call. */
  readonly bindsEveryRoute: boolean;
}

/**
 * Takes the first team of the token's list that exists, is not blocked and grants the model. A list of
 * which no team exists is refused; with `team_claim_fallback` the next source decides
 * (docs/how-to/choose-the-team.md).
 * @param passedOver why teams were passed over
 */
export const byList: TeamStage = (question, passedOver) => {
  const ids = question.principal.teams.listed ?? [];
  if (ids.length === 0) return null;
  const list = {
    ids,
    origin: 'the list of the token',
    configKey: CONFIG_KEYS.teamIds,
    bindsEveryRoute: true,
  };
  const outcome = firstThatQualifies(question, list, passedOver);
  if (outcome !== null || question.policy.claimFallback) return outcome;
  return refusedTeam({
    code: 'team_unknown',
    detail: 'no team of the list in the token exists',
    isLogged: true,
    configKey: CONFIG_KEYS.teamIds,
  });
};

/**
 * For a token without any team claim, with `fallback_to_db_teams`: takes the first of the user's own
 * teams, in the order of their ids, that is not blocked and grants the model. A user with teams of
 * which none qualifies is refused, because a call without a team would evade their routes and models.
 * @param passedOver why teams were passed over
 */
export const byDatabaseTeams: TeamStage = (question, passedOver) => {
  const { principal, facts, policy } = question;
  if (!policy.databaseFallback || isTeamClaimed(principal.teams, facts)) return null;
  const list = {
    ids: teamsByDecision(facts),
    origin: "the user's own teams",
    configKey: CONFIG_KEYS.databaseTeams,
    bindsEveryRoute: false,
  };
  return firstThatQualifies(question, list, passedOver);
};

/**
 * Takes the only team of which the user is a member, where the token names none that exists. Not used
 * where a setting requires a team in the token, unless a fallback is switched on.
 * @param passedOver why teams were passed over
 */
export const byOnlyMembership: TeamStage = (question, passedOver) => {
  if (isDemandedOfToken(question)) return null;
  const { facts, route } = question;
  const ids = teamsByDecision(facts).filter((id) => facts.rows.has(id));
  const [only, second] = ids;
  if (only === undefined) return null;
  if (second !== undefined) {
    for (const id of ids) passedOver.set(id, 'the user is a member of several teams');
    return null;
  }
  if (facts.rows.get(only)?.team.blocked === true) {
    passedOver.set(only, 'the team is blocked');
    return refusedTeam(blockedTeam(only), route.callsModels);
  }
  if (!route.isOpenToTeams && !route.callsModels) {
    passedOver.set(only, CLOSED_ROUTE);
    return null;
  }
  return chosenTeam(only, 'the only team of which the user is a member');
};

function isDemandedOfToken({ principal, policy }: TeamQuestion): boolean {
  const isDemanded = principal.teams.isRequired || policy.isTeamRequiredForModels;
  return isDemanded && !policy.claimFallback && !policy.databaseFallback;
}

function firstThatQualifies(
  question: TeamQuestion,
  list: TeamList,
  passedOver: PassedOver,
): TeamOutcome | null {
  const { rows } = question.facts;
  const known = list.ids.filter((id) => rows.has(id));
  for (const id of list.ids) if (!rows.has(id)) passedOver.set(id, 'no such team exists');
  if (known.length === 0) return null;
  const open = known.filter((id) => isOpen(question, id));
  for (const id of known) if (!open.includes(id)) passedOver.set(id, CLOSED_ROUTE);
  if (open.length === 0) return noTeam(list.bindsEveryRoute || question.route.callsModels);
  for (const id of open) {
    const problem = problemOf(question, id);
    if (problem === null) {
      return chosenTeam(id, `the first of ${list.origin} that will do`, {
        configKey: list.configKey,
      });
    }
    passedOver.set(id, problem);
  }
  return refusedTeam(noneQualifies(question, open, list));
}

function isOpen({ route, facts, isOpenTo }: TeamQuestion, teamId: string): boolean {
  const row = facts.rows.get(teamId);
  return route.isOpenToTeams || (row !== undefined && isOpenTo?.(row) === true);
}

function problemOf({ facts, mayServe, isGranted }: TeamQuestion, teamId: string): string | null {
  const row = facts.rows.get(teamId);
  if (row === undefined) return 'no such team exists';
  if (row.team.blocked) return 'the team is blocked';
  if (mayServe(row)) return null;
  const holder = isGranted?.(row) === true ? 'organisation of the team' : 'team';
  return `the requested model is not among those of the ${holder}`;
}

function noneQualifies(
  { facts, isGranted }: TeamQuestion,
  known: readonly string[],
  { origin, configKey }: TeamList,
): Refusal {
  if (known.every((id) => facts.rows.get(id)?.team.blocked === true)) {
    const [only] = known.length === 1 ? known : [];
    if (only !== undefined) return blockedTeam(only);
    const detail = `every team of ${origin} is blocked`;
    return { code: 'team_blocked', detail, isLogged: true, configKey };
  }
  const { obstacle, isOrganization } = nearestObstacle(facts, known, isGranted);
  return {
    code: 'model_not_allowed',
    detail: `no team of ${origin} grants the requested model`,
    isLogged: true,
    configKey,
    ...(obstacle === undefined ? {} : { obstacle }),
    response: {
      type: isOrganization ? 'org_model_access_denied' : 'team_model_access_denied',
      param: 'model',
      message: 'No team of this credential may use the requested model.',
    },
  };
}

/** The team that lacks least: where its own list has the model, only its organisation is in the way. */
function nearestObstacle(
  { rows }: TeamQuestion['facts'],
  known: readonly string[],
  isGranted: TeamQuestion['isGranted'],
): { readonly obstacle: string | undefined; readonly isOrganization: boolean } {
  const usable = known
    .map((id) => rows.get(id))
    .filter((row) => row !== undefined)
    .filter(({ team }) => !team.blocked);
  const organization = usable.find((row) => isGranted?.(row) === true)?.organization ?? null;
  if (organization !== null) return { obstacle: organization.organizationId, isOrganization: true };
  return { obstacle: usable[0]?.team.teamId, isOrganization: false };
}
