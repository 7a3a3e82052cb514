import { UNLIMITED } from '#libs/access';
import type { OrganizationSnapshot } from '#libs/orgs';
import type { TeamOfUser, TeamSnapshot } from '#libs/teams';
import { anOrganization, aTeam } from './access-builders.js';

/** A team with the row of its organisation, as decisions are given it. */
interface KnownTeam {
  readonly team: TeamSnapshot;
  readonly organization: OrganizationSnapshot | null;
}

/** What is known of teams, as decisions are given it. */
interface KnownTeams {
  readonly rows: ReadonlyMap<string, KnownTeam>;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly memberships: readonly TeamOfUser[];
}

/** A membership that an administrator made, unless `source` says otherwise. */
export function aMembership(teamId: string, source: TeamOfUser['source'] = 'admin'): TeamOfUser {
  return { teamId, role: 'user', source, limits: UNLIMITED };
}

/**
 * Existing teams, their aliases, and memberships of the caller.
 * @param teams ids, or what differs from a team that may use every model
 * @param memberships teams of which the caller is a member by an administrator's decision, or whole memberships
 */
export function knownTeams(
  teams: readonly (string | Partial<TeamSnapshot>)[],
  memberships: readonly (string | TeamOfUser)[] = [],
): KnownTeams {
  const rows = teams.map((one) => aTeam(typeof one === 'string' ? { teamId: one } : one));
  const aliases = Map.groupBy(
    rows.filter((team) => team.alias !== null),
    (team) => team.alias ?? '',
  );
  return {
    rows: new Map(rows.map((team) => [team.teamId, { team, organization: organizationOf(team) }])),
    aliases: new Map([...aliases].map(([alias, of]) => [alias, of.map(({ teamId }) => teamId)])),
    memberships: memberships.map((one) => (typeof one === 'string' ? aMembership(one) : one)),
  };
}

function organizationOf({ organizationId }: TeamSnapshot): OrganizationSnapshot | null {
  return organizationId === null ? null : anOrganization({ organizationId });
}
