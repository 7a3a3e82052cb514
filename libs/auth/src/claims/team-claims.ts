import type { TeamClaims } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { ClaimField, ClaimFields } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { globalKeyOf, type ClaimKeyOf } from './claim-keys.js';
import { isFieldPresent, readField } from './claim-field.js';
import { idsOf } from './claim-ids.js';
import { teamClientOf } from './client-claims.js';
import { readSingle, readSoftly } from './single-claim.js';

type Claims = Readonly<Record<string, unknown>>;

/**
 * Every call looks up and evaluates each team of the list. A shortened list would have another
 * meaning.
 */
const MAX_LISTED_TEAMS = 1_000;

/**
 * Returns every team that a token names (`docs/how-to/choose-the-team.md`). The single team is the
 * id in its claim, or the only member of a list there. If the claim is absent or not configured and
 * the token has no alias, it is the default. Else, only if no claim is configured, it is the first
 * client id of the token. A claim that is present without an id names no team and suppresses the
 * default; if a team is optional, such a claim is refused, because the call would be made without
 * the limits of the team.
 * @param defaultTeamId `team_id_default`
 * @param keyOf names the settings of the claims; default those for all issuers
 * @throws GatehouseError `groups_unresolved` if the list names too many teams, `claim_ambiguous`
 *   for several values in the claim of the single team, and for a claim without an id if a team is
 *   optional
 */
export function mapTeams(
  claims: Claims,
  fields: ClaimFields,
  defaultTeamId: string | null,
  keyOf: ClaimKeyOf = globalKeyOf,
): TeamClaims {
  const isRequired = isTeamRequired(fields);
  const read = isRequired ? readSoftly : readSingle;
  const alias = read(claims, fields.teamAlias, keyOf('teamAlias'));
  const listed = listedTeams(claims, fields.teamIds);
  const isOfAlias = isRequired && fields.teamId === null;
  const rest = {
    alias,
    listed,
    isRequired,
    ...(isOfAlias ? { requiredField: 'alias' as const } : {}),
  };
  const teamId = read(claims, fields.teamId, keyOf('teamId'));
  if (teamId !== null) return { teamId, source: 'claim', ...rest };
  if (defaultTeamId !== null && alias === null && isAbsent(claims, fields.teamId)) {
    return { teamId: defaultTeamId, source: 'default', ...rest };
  }
  const soft = softTeam(claims, fields);
  return { teamId: soft, source: soft === null ? null : 'soft', ...rest };
}

function listedTeams(claims: Claims, field: ClaimField | null): readonly string[] | null {
  const listed = field === null ? null : idsOf(readField(claims, field));
  if (listed === null || listed.length <= MAX_LISTED_TEAMS) return listed;
  const problem = `the token lists more than ${String(MAX_LISTED_TEAMS)} teams`;
  throw new GatehouseError('groups_unresolved', {
    message: 'The token lists more teams than can be evaluated.',
    context: { problem, configKey: CONFIG_KEYS.teamIds },
  });
}

function isTeamRequired({ isTeamOptional, teamId, teamAlias }: ClaimFields): boolean {
  return !isTeamOptional && (teamId !== null || teamAlias !== null);
}

function isAbsent(claims: Claims, field: ClaimField | null): boolean {
  return field === null || !isFieldPresent(claims, field);
}

function softTeam(claims: Claims, { isTeamSoft, teamId }: ClaimFields): string | null {
  if (!isTeamSoft || teamId !== null) return null;
  return teamClientOf(claims, CONFIG_KEYS.teamId);
}
