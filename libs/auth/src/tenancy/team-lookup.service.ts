import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { isIdentityText } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { OrganizationsService } from '#libs/orgs';
import { MembershipsService, TeamsService } from '#libs/teams';
import type { UserSnapshot } from '#libs/users';
import { isTeamClaimed, namedTeamIds, teamsByDecision } from './named-teams.js';
import { NO_TEAM_FACTS, type CandidateRow, type TeamFacts } from './tenancy-facts.js';

/** Whose teams are looked up. */
export interface TeamSearch {
  readonly principal: Principal;
  /** Row of the caller. */
  readonly user: UserSnapshot | null;
  /** Team that the request asks for, by id or alias. */
  readonly requested: string | null;
}

/**
 * Fetches the rows of every team that may become the team of a call. Answers from memory once they are warm; evaluates
 * nothing.
 */
@Injectable()
export class TeamLookupService {
  /**
   * @param settings which sources of teams count
   * @param memberships who is in which team
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly teams: TeamsService,
    private readonly memberships: MembershipsService,
    private readonly organizations: OrganizationsService,
  ) {}

  /**
   * Returns the rows of the teams that a caller may act for. The user's own teams are read only where
   * the token names none that exists.
   * @throws GatehouseError `database_unavailable` when a row is needed that is not in memory
   */
  async factsOf(search: TeamSearch): Promise<TeamFacts> {
    const { principal, user, requested } = search;
    if (principal.isAdmin) return this.anyTeam(requested);
    const aliases = new Map<string, readonly string[]>();
    const { alias } = principal.teams;
    if (alias !== null) aliases.set(alias, await this.idsOfAlias(alias));
    const hasOwnTeams = user !== null && principal.key === null;
    const memberships = hasOwnTeams ? await this.memberships.of(user.userId) : [];
    const rows = await this.rowsOf(namedTeamIds(principal.teams, { aliases }));
    if (this.mayNeedOwnTeams(principal, rows)) {
      for (const [id, row] of await this.rowsOf(teamsByDecision({ memberships })))
        rows.set(id, row);
    }
    if (requested !== null && isAliasOfOne(requested, rows)) {
      aliases.set(requested, await this.idsOfAlias(requested));
    }
    return { rows, aliases, memberships };
  }

  /** An administrator may ask for every team there is. */
  private async anyTeam(requested: string | null): Promise<TeamFacts> {
    if (requested === null || !isIdentityText(requested)) return NO_TEAM_FACTS;
    const byId = await this.rowsOf([requested]);
    if (byId.size > 0) return { ...NO_TEAM_FACTS, rows: byId };
    const ids = await this.idsOfAlias(requested);
    return { ...NO_TEAM_FACTS, rows: await this.rowsOf(ids), aliases: new Map([[requested, ids]]) };
  }

  private mayNeedOwnTeams(
    { teams, key }: Principal,
    rows: ReadonlyMap<string, CandidateRow>,
  ): boolean {
    if (key !== null) return false;
    const { databaseFallback } = this.settings.current.jwt.teams;
    return rows.size === 0 || (databaseFallback && !isTeamClaimed(teams, { rows }));
  }

  private async idsOfAlias(alias: string): Promise<readonly string[]> {
    return (await this.teams.findByAlias(alias)).map((team) => team.teamId);
  }

  private async rowsOf(ids: readonly string[]): Promise<Map<string, CandidateRow>> {
    const rows = await Promise.all(ids.map((id) => this.rowOf(id)));
    return new Map(rows.filter((row) => row !== null).map((row) => [row.team.teamId, row]));
  }

  private async rowOf(id: string): Promise<CandidateRow | null> {
    const team = await this.teams.find(id);
    if (team === null) return null;
    const { organizationId } = team;
    const organization =
      organizationId === null ? null : await this.organizations.find(organizationId);
    return { team, organization };
  }
}

/** Only the alias of a team that the caller may act for is worth the question who else has it. */
function isAliasOfOne(requested: string, rows: ReadonlyMap<string, CandidateRow>): boolean {
  if (rows.has(requested)) return false;
  return [...rows.values()].some(({ team }) => team.alias === requested);
}
