import type { Principal } from '#libs/access';
import type { TeamClaimSettings } from '#libs/config';
import type { Refusal } from '../failures/refusal.js';
import type { CandidateRow, TeamFacts } from './tenancy-facts.js';

/** The settings that team resolution reads. */
export type TeamPolicy = Pick<
  TeamClaimSettings,
  'teamIdUpsert' | 'isTeamRequiredForModels' | 'claimFallback' | 'databaseFallback'
>;

/** The input from which the team of a call is chosen. */
export interface TeamQuestion {
  readonly principal: Pick<Principal, 'teams' | 'teamLack' | 'isAdmin' | 'kind' | 'key'>;
  /** Rows of the teams; memberships as they will be once the call is admitted. */
  readonly facts: TeamFacts;
  /** Value of the header `x-litellm-team-id`: an id or an alias; `null` when it was not sent. */
  readonly requested: string | null;
  readonly route: {
    /** Whether the call is one of a model, which is where a team's money is spent. */
    readonly callsModels: boolean;
    /** Whether the list of routes for callers with a team covers it. */
    readonly isOpenToTeams: boolean;
  };
  /** Whether the list of the team itself opens the route; left out where no team has one. */
  readonly isOpenTo?: (candidate: CandidateRow) => boolean;
  /** Whether the team and its organisation grant the requested model; true where none is requested. */
  readonly mayServe: (candidate: CandidateRow) => boolean;
  /** Whether the list of the team itself does. */
  readonly isGranted?: (candidate: CandidateRow) => boolean;
  readonly policy: TeamPolicy;
}

/** The result of one stage of the resolution. */
export interface TeamOutcome {
  readonly teamId: string | null;
  /** True when the team has no row yet and may get one. */
  readonly isNew: boolean;
  /** Why this team was chosen. */
  readonly reason: string;
  /** Why the other teams were not chosen. */
  readonly othersReason: string;
  /** Setting that decided it, `null` where none did. */
  readonly configKey: string | null;
  /** Whether the routes of callers with a team hold: for those with one, and for those whose team was refused. */
  readonly hasTeamRoutes: boolean;
  readonly refusal: Refusal | null;
}

/** Why teams were passed over so far, by id or alias, in the order in which they were looked at. */
export type PassedOver = Map<string, string>;

/**
 * One source of teams. Notes the teams that it passes over.
 * @returns `null` when it names no team, so that the next source decides
 */
export type TeamStage = (question: TeamQuestion, passedOver: PassedOver) => TeamOutcome | null;

/**
 * Returns the outcome for a team that was found.
 * @param rest what differs from an existing team that no setting chose
 */
export function chosenTeam(
  teamId: string,
  reason: string,
  rest: Partial<TeamOutcome> = {},
): TeamOutcome {
  return {
    teamId,
    isNew: false,
    reason,
    othersReason: 'another team comes first',
    configKey: null,
    hasTeamRoutes: true,
    refusal: null,
    ...rest,
  };
}

/**
 * Returns the outcome for a refusal.
 * @param hasTeamRoutes whether a team was named, so that the routes of teams hold
 */
export function refusedTeam(refusal: Refusal, hasTeamRoutes = true): TeamOutcome {
  return {
    teamId: null,
    isNew: false,
    reason: '',
    othersReason: 'the call was refused before this team was looked at',
    configKey: null,
    hasTeamRoutes,
    refusal,
  };
}

/**
 * Returns the outcome for a call without a team.
 * @param hasTeamRoutes whether a team was named, so that the routes of teams hold
 */
export function noTeam(hasTeamRoutes = false): TeamOutcome {
  return {
    teamId: null,
    isNew: false,
    reason: '',
    othersReason: 'the call is made for no team',
    configKey: null,
    hasTeamRoutes,
    refusal: null,
  };
}
