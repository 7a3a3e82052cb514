import type { TeamClaims } from '#libs/access';
import { TEAM_CLIENT_CLAIMS_SHOWN } from '../claims/team-claims.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { Refusal } from '../failures/refusal.js';
import { onlyTeamOf } from './named-teams.js';
import {
  chosenTeam,
  refusedTeam,
  type TeamOutcome,
  type TeamQuestion,
  type TeamStage,
} from './team-question.js';

/** Why a team was named, and by which setting, for each source of a single id. */
const SOURCES: Readonly<
  Record<
    NonNullable<TeamClaims['source']>,
    { readonly reason: string; readonly key: string | null }
  >
> = {
  claim: { reason: 'named by the token', key: CONFIG_KEYS.teamId },
  object_id: { reason: 'named by the object id of the token', key: CONFIG_KEYS.objectId },
  default: { reason: 'the default team', key: CONFIG_KEYS.teamDefault },
  soft: { reason: `named by ${TEAM_CLIENT_CLAIMS_SHOWN}`, key: null },
  key: { reason: 'the team of the virtual key', key: null },
};

/**
 * Returns the outcome of a single named team: a blocked one is refused, one that exists is taken, a
 * missing one is created where that is switched on (docs/how-to/choose-the-team.md).
 * @returns `null` when the team does not exist and is not created
 */
export function admitNamedTeam(
  question: TeamQuestion,
  teamId: string,
  how: { readonly reason: string; readonly configKey: string | null; readonly mayCreate: boolean },
): TeamOutcome | null {
  const { reason, configKey } = how;
  const row = question.facts.rows.get(teamId);
  if (row?.team.blocked === true) return refusedTeam(blockedTeam(teamId));
  if (row !== undefined) return chosenTeam(teamId, reason, { configKey });
  if (!how.mayCreate || !question.policy.teamIdUpsert) return null;
  return chosenTeam(teamId, `${reason}, to be created`, {
    isNew: true,
    configKey: CONFIG_KEYS.teamUpsert,
  });
}

/**
 * Takes the team that a claim for one team names: by id, else by alias. An unknown id is refused unless
 * the team may be created, `team_claim_fallback` lets the next source decide, or the id was only
 * `client_id`. An alias must be that of exactly one team.
 * @param passedOver why teams were passed over
 */
export const bySingleClaim: TeamStage = (question, passedOver) => {
  const { teamId, source, alias } = question.principal.teams;
  if (teamId !== null && source !== 'default' && source !== 'soft')
    return byId(question, passedOver);
  if (alias !== null) return byAlias(question, alias, passedOver);
  return source === 'soft' ? byId(question, passedOver) : null;
};

/**
 * The configured default team.
 * @param passedOver why teams were passed over
 */
export const byDefault: TeamStage = (question, passedOver) =>
  question.principal.teams.source === 'default' ? byId(question, passedOver) : null;

/** The refusal of a blocked team that was named. */
export function blockedTeam(teamId: string): Refusal {
  const detail = `team ${teamId} is blocked`;
  return { code: 'team_blocked', detail, configKey: null, obstacle: teamId };
}

/** The refusal of a team that does not exist. */
export function unknownTeam(teamId: string): Refusal {
  return {
    code: 'team_unknown',
    detail: `team ${teamId} does not exist, and teams are not created from tokens`,
    configKey: CONFIG_KEYS.teamUpsert,
    obstacle: teamId,
  };
}

const byId: TeamStage = (question, passedOver) => {
  const { teamId, source } = question.principal.teams;
  if (teamId === null || source === null) return null;
  const { reason, key } = SOURCES[source];
  const isOwnName = source !== 'soft' && source !== 'key';
  const named = { reason, configKey: key, mayCreate: isOwnName };
  const outcome = admitNamedTeam(question, teamId, named);
  if (outcome !== null) {
    if (outcome.refusal !== null) passedOver.set(teamId, 'the team is blocked');
    return outcome;
  }
  passedOver.set(teamId, `${reason}, and no such team exists`);
  const givesWay = source === 'soft' || (isOwnName && question.policy.claimFallback);
  return givesWay ? null : refusedTeam(unknownTeam(teamId));
};

function byAlias(
  question: TeamQuestion,
  alias: string,
  passedOver: Map<string, string>,
): TeamOutcome {
  const configKey = CONFIG_KEYS.teamAlias;
  const teamId = onlyTeamOf(alias, question.facts);
  const named = { reason: 'named by its alias in the token', configKey, mayCreate: false };
  const outcome = teamId === null ? null : admitNamedTeam(question, teamId, named);
  if (outcome !== null) {
    if (outcome.refusal !== null && teamId !== null) passedOver.set(teamId, 'the team is blocked');
    return outcome;
  }
  const isShared = (question.facts.aliases.get(alias) ?? []).length > 1;
  const problem = isShared ? 'several teams share the alias' : 'no team has the alias';
  passedOver.set(alias, problem);
  const detail = `${problem} ${alias}`;
  return refusedTeam({ code: 'team_unknown', detail, configKey, obstacle: alias });
}
