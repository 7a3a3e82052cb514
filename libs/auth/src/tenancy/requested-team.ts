import { GatehouseError, isIdentityText } from '#libs/common';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import type { CallHeaders } from '../call/access-decision.js';
import { isTeamClaimed, namedTeamIds, onlyTeamOf, teamsByDecision } from './named-teams.js';
import { admitNamedTeam, unknownTeam } from './single-team.js';
import {
  noTeam,
  refusedTeam,
  type PassedOver,
  type TeamOutcome,
  type TeamQuestion,
  type TeamStage,
} from './team-question.js';

/** Header in which a request names one of the teams that its credential may act for (LiteLLM's name). */
export const TEAM_HEADER = 'x-litellm-team-id';

const REASON = `requested by ${TEAM_HEADER}`;

/**
 * The team that a request itself asks for, by id or alias; `null` when it names none. Two values are not chosen from.
 * @param headers headers of the request
 * @throws GatehouseError `request_invalid` with `param` `x-litellm-team-id`
 */
export function requestedTeam(headers: CallHeaders): string | null {
  const sent = headers[TEAM_HEADER];
  const values = typeof sent === 'string' ? [sent] : (sent ?? []);
  const [value = '', second] = values;
  if (second === undefined) return value === '' ? null : value;
  throw new GatehouseError('request_invalid', {
    param: TEAM_HEADER,
    message: `The header ${TEAM_HEADER} must name one team.`,
  });
}

/**
 * Takes the team that the header names. It must be one that the credential names or, with
 * `fallback_to_db_teams`, one of the user's own; the caller does not learn which others exist. An
 * administrator by scope may act for every team when it calls models. A team that does not exist is
 * refused for an administrator too, because the call would otherwise have no team (threat A04).
 * @param passedOver why teams were passed over
 */
export const byRequest: TeamStage = (question, passedOver) => {
  const { requested, principal } = question;
  if (principal.isAdmin) return byAdministrator(question, passedOver);
  if (requested === null) return null;
  const teamId = pickFrom(acceptable(question), requested, question);
  if (teamId === null) {
    return refusedTeam({
      code: 'team_not_in_token',
      detail: `the team that ${TEAM_HEADER} names is not among those of the caller`,
      isLogged: true,
      configKey: null,
    });
  }
  return (
    settle(question, { teamId, mayBeMade: mayCreate(question, teamId) }, passedOver) ??
    unknown(teamId, passedOver)
  );
};

function byAdministrator(question: TeamQuestion, passedOver: PassedOver): TeamOutcome {
  const { requested, route, facts } = question;
  if (requested === null || !route.callsModels) return noTeam();
  const teamId = facts.rows.has(requested) ? requested : onlyTeamOf(requested, facts);
  return (
    settle(
      question,
      { teamId: teamId ?? requested, mayBeMade: isNewName(requested, question) },
      passedOver,
    ) ??
    refusedTeam({
      code: 'team_unknown',
      detail: `the team that ${TEAM_HEADER} names does not exist`,
      isLogged: true,
      configKey: CONFIG_KEYS.teamUpsert,
      obstacle: requested,
    })
  );
}

function settle(
  question: TeamQuestion,
  { teamId, mayBeMade }: { readonly teamId: string; readonly mayBeMade: boolean },
  passedOver: PassedOver,
): TeamOutcome | null {
  const how = { reason: REASON, configKey: null, mayCreate: mayBeMade };
  const outcome = admitNamedTeam(question, teamId, how);
  if ((outcome?.refusal ?? null) !== null) passedOver.set(teamId, 'the team is blocked');
  return outcome && { ...outcome, othersReason: `${TEAM_HEADER} names another team` };
}

/** Ids that the header may name. The object id of a token chooses by itself and is not chosen (LiteLLM). */
function acceptable({ principal, facts, policy }: TeamQuestion): readonly string[] {
  const { teams } = principal;
  const singled = teams.source === 'object_id' ? { ...teams, teamId: null } : teams;
  const named = namedTeamIds(singled, facts);
  if (!policy.databaseFallback || isTeamClaimed(teams, facts)) return named;
  return [...named, ...teamsByDecision(facts).filter((id) => facts.rows.has(id))];
}

/** An id wins over an alias. An alias that several teams share selects none of them. */
function pickFrom(
  ids: readonly string[],
  requested: string,
  { facts }: TeamQuestion,
): string | null {
  if (ids.includes(requested)) return requested;
  const teamId = onlyTeamOf(requested, facts);
  return teamId !== null && ids.includes(teamId) ? teamId : null;
}

/** An alias that several teams share must not become the id of one more. */
function isNewName(requested: string, { facts }: TeamQuestion): boolean {
  return isIdentityText(requested) && (facts.aliases.get(requested) ?? []).length === 0;
}

function mayCreate({ principal }: TeamQuestion, teamId: string): boolean {
  const { source, listed } = principal.teams;
  return (listed ?? []).includes(teamId) || source === 'claim' || source === 'default';
}

function unknown(teamId: string, passedOver: PassedOver): TeamOutcome {
  passedOver.set(teamId, `${REASON}, and no such team exists`);
  return refusedTeam(unknownTeam(teamId));
}
