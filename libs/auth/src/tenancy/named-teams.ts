import type { TeamClaims } from '#libs/access';
import type { TeamFacts } from './tenancy-facts.js';

/** Facts by which an alias is turned into an id. */
type Aliases = Pick<TeamFacts, 'aliases'>;

/** The one team of an alias; `null` when there is none, when several share it, and when it was not looked up. */
export function onlyTeamOf(alias: string, { aliases }: Aliases): string | null {
  const [first, second] = aliases.get(alias) ?? [];
  return second === undefined ? (first ?? null) : null;
}

/**
 * Ids of every team that a credential names, the single one first, then that of the alias, then the list in its order.
 * @param teams what the credential says
 * @param facts what the alias means
 */
export function namedTeamIds(teams: TeamClaims, facts: Aliases): readonly string[] {
  const { teamId, alias, listed } = teams;
  const ofAlias = alias === null ? null : onlyTeamOf(alias, facts);
  const ids = [teamId, ofAlias, ...(listed ?? [])];
  return [...new Set(ids.filter((id) => id !== null))];
}

/**
 * Tells whether claims of the credential itself name teams, so that the database is not asked for others. A configured
 * default does not count, and `client_id` only where it names a team that exists.
 * @param teams what the credential says
 */
export function isTeamClaimed(teams: TeamClaims, { rows }: Pick<TeamFacts, 'rows'>): boolean {
  const { teamId, source, alias, listed } = teams;
  if (alias !== null || (listed ?? []).length > 0) return true;
  if (teamId === null || source === 'default') return false;
  return source !== 'soft' || rows.has(teamId);
}

/**
 * Returns the teams of which an administrator, SCIM or the sync made the user a member, in the order
 * of their ids. Memberships that the team claim of an earlier token made do not count: otherwise one
 * token would open a team for ever.
 */
export function teamsByDecision({
  memberships,
}: Pick<TeamFacts, 'memberships'>): readonly string[] {
  return memberships
    .filter(({ source }) => source !== 'token')
    .map(({ teamId }) => teamId)
    .sort();
}
