import type { TeamCandidate } from '#libs/access';
import { isTokenCaller } from '../policy/role-permissions.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';
import { byDatabaseTeams, byList, byOnlyMembership } from './listed-teams.js';
import { namedTeamIds } from './named-teams.js';
import { byRequest } from './requested-team.js';
import { byDefault, bySingleClaim } from './single-team.js';
import {
  noTeam,
  refusedTeam,
  type PassedOver,
  type TeamOutcome,
  type TeamQuestion,
  type TeamStage,
} from './team-question.js';
import type { CandidateRow } from './tenancy-facts.js';

/** The team of a call, and why it was chosen. */
export interface TeamResolution extends Pick<
  TeamOutcome,
  'teamId' | 'isNew' | 'configKey' | 'hasTeamRoutes' | 'refusal'
> {
  /** Row of the team; `null` without one and for one that is to be created. */
  readonly row: CandidateRow | null;
  /** The teams that were considered first and the chosen one, and why they were or were not chosen. */
  readonly candidates: readonly TeamCandidate[];
  /** How many more were considered. Usually 0. */
  readonly furtherCandidates: number;
}

/** Bounds the memory of a kept decision; a longer list would not explain more. */
const MAX_CANDIDATES = 50;

/** An administrator acts for no team, so a blocked team cannot lock an administrator out. */
export const NO_TEAM: TeamResolution = Object.freeze({
  teamId: null,
  isNew: false,
  configKey: null,
  hasTeamRoutes: false,
  refusal: null,
  row: null,
  candidates: [],
  furtherCandidates: 0,
});

/** Sources of teams in their order; the first that returns an outcome decides. */
const STAGES_OF_TOKENS: readonly TeamStage[] = [
  byRequest,
  bySingleClaim,
  byDatabaseTeams,
  byDefault,
  byList,
  byOnlyMembership,
];

/** A virtual key has one team or none; its owner's memberships do not count. */
const STAGES_OF_KEYS: readonly TeamStage[] = [byRequest, bySingleClaim];

/**
 * Chooses the team of a call (docs/how-to/choose-the-team.md). Pure: the same token and rows give the
 * same team, in every order of the rows.
 *
 * The sources in their order: the header, the claim for one team (id, then alias), with
 * `fallback_to_db_teams` the user's own teams, the default team, the list in its order, the user's only
 * team. A single named team is refused when it is blocked or unknown. Of several, the first is taken
 * that exists, is not blocked and grants the model.
 */
export function resolveTeam(question: TeamQuestion): TeamResolution {
  const passedOver: PassedOver = new Map();
  const outcome = firstOutcome(question, passedOver) ?? withoutTeam(question);
  const { teamId, isNew, configKey, hasTeamRoutes, refusal } = outcome;
  return {
    teamId,
    isNew,
    configKey,
    hasTeamRoutes,
    refusal,
    row: teamId === null ? null : (question.facts.rows.get(teamId) ?? null),
    ...candidatesOf(question, outcome, passedOver),
  };
}

function firstOutcome(question: TeamQuestion, passedOver: PassedOver): TeamOutcome | null {
  const stages = question.principal.key === null ? STAGES_OF_TOKENS : STAGES_OF_KEYS;
  for (const stage of stages) {
    const outcome = stage(question, passedOver);
    if (outcome !== null) return outcome;
  }
  return null;
}

/** The outcome when no source named an existing team: a refusal where a setting requires a team. */
function withoutTeam({ principal, policy }: TeamQuestion): TeamOutcome {
  if (!isTokenCaller(principal)) return noTeam();
  const { teamId, source, listed, isRequired } = principal.teams;
  const isNamed = (teamId !== null && source !== 'soft') || (listed ?? []).length > 0;
  if (isRequired && isNamed) {
    return refusedTeam({
      code: 'team_unknown',
      detail: 'no team that the token names exists, and the user is not a member of exactly one',
      isLogged: true,
      configKey: CONFIG_KEYS.teamClaimFallback,
    });
  }
  if (isRequired) {
    const isOfAlias = principal.teams.requiredField === 'alias';
    const configKey = isOfAlias ? CONFIG_KEYS.teamAlias : CONFIG_KEYS.teamId;
    const detail = 'the token lacks the claim that names its team';
    return refusedTeam(teamRequired(principal, detail, configKey), false);
  }
  if (!policy.isTeamRequiredForModels) return noTeam();
  const detail = 'the call is made for no team';
  return refusedTeam(teamRequired(principal, detail, CONFIG_KEYS.teamRequired), false);
}

function teamRequired(
  { teamLack }: TeamQuestion['principal'],
  detail: string,
  configKey: string,
): Refusal {
  const refusal = { code: 'team_required', detail, isLogged: true, configKey } as const;
  if (teamLack === undefined) return refusal;
  const { remedy } = teamLack;
  return { ...refusal, detail: `${detail}: ${teamLack.detail}`, remedy };
}

function candidatesOf(
  { principal, facts }: TeamQuestion,
  { teamId, reason, othersReason }: TeamOutcome,
  passedOver: PassedOver,
): Pick<TeamResolution, 'candidates' | 'furtherCandidates'> {
  const ids = new Set([...namedTeamIds(principal.teams, facts), ...passedOver.keys()]);
  if (teamId !== null) ids.add(teamId);
  const told = [...ids].filter((id, index) => index < MAX_CANDIDATES || id === teamId);
  const candidates = told.map((id) => ({
    team_id: id,
    chosen: id === teamId,
    reason: id === teamId ? reason : (passedOver.get(id) ?? othersReason),
  }));
  return { candidates, furtherCandidates: ids.size - told.length };
}
