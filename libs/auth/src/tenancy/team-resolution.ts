import type { Principal, TeamCandidate } from '#libs/access';
import type { JwtSettings } from '#libs/config';
import type { TeamSnapshot } from '#libs/teams';
import { CONFIG_KEYS } from '../policy/config-keys.js';
import type { Refusal } from '../policy/refusal.js';

/** The settings that team resolution reads. */
export type TeamPolicy = Pick<JwtSettings, 'teamIdField' | 'teamIdUpsert'>;

/** For which team a call is made, and why. */
export interface TeamResolution {
  /** `null` when the call is made for no team. */
  readonly teamId: string | null;
  /** True when the team has no row yet and may get one. */
  readonly isNew: boolean;
  /** Every team that was considered, in the order of the claim. */
  readonly candidates: readonly TeamCandidate[];
  readonly refusal: Refusal | null;
}

/**
 * Chooses the team of a call (decisions 2.3, 2.4, 2.19).
 *
 * A team that the configured claim names must exist, unless it may be created, and must not be blocked. A claim that
 * is configured and absent is a refusal. A team that only `client_id` or `azp` names is used when it exists and is
 * never required or created, but a blocked one refuses all the same: it was named.
 * @param principal the verified caller, no administrator
 * @param team row of the team that the token names, `null` when there is none
 * @param policy what is configured
 */
export function resolveTeam(
  principal: Pick<Principal, 'teamId' | 'isTeamSoft'>,
  team: TeamSnapshot | null,
  policy: TeamPolicy,
): TeamResolution {
  const { teamId, isTeamSoft } = principal;
  if (teamId === null) return withoutTeam(policy);
  if (team?.blocked === true) {
    return refused(teamId, 'the team is blocked', {
      code: 'team_blocked',
      detail: `team ${teamId} is blocked`,
      configKey: null,
    });
  }
  if (team !== null) return chosen(teamId, false, 'named by the token');
  if (isTeamSoft) {
    const reason = 'named by client_id or azp alone, and no such team exists';
    return {
      teamId: null,
      isNew: false,
      candidates: [candidate(teamId, false, reason)],
      refusal: null,
    };
  }
  if (policy.teamIdUpsert) return chosen(teamId, true, 'named by the token, to be created');
  return refused(teamId, 'no such team exists', {
    code: 'team_unknown',
    detail: `team ${teamId} does not exist, and teams are not created from tokens`,
    configKey: CONFIG_KEYS.teamUpsert,
  });
}

function withoutTeam(policy: TeamPolicy): TeamResolution {
  const isRequired = policy.teamIdField !== null && policy.teamIdField !== '';
  const refusal: Refusal = {
    code: 'team_required',
    detail: 'the token lacks the claim that names its team',
    configKey: CONFIG_KEYS.teamId,
  };
  return { teamId: null, isNew: false, candidates: [], refusal: isRequired ? refusal : null };
}

function chosen(teamId: string, isNew: boolean, reason: string): TeamResolution {
  return { teamId, isNew, candidates: [candidate(teamId, true, reason)], refusal: null };
}

function refused(teamId: string, reason: string, refusal: Refusal): TeamResolution {
  return { teamId: null, isNew: false, candidates: [candidate(teamId, false, reason)], refusal };
}

function candidate(teamId: string, isChosen: boolean, reason: string): TeamCandidate {
  return { team_id: teamId, chosen: isChosen, reason };
}
