import type { TeamClaims } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { ClaimField, ClaimFields } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { isFieldPresent, readField } from './claim-field.js';
import { globalKeyOf, type ClaimKeyOf } from './claim-keys.js';
import { idsOf, readSingle, readSoftly, singleId } from './single-claim.js';

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

/**
 * Claims that name the client of an access token: RFC 9068, OpenID Connect (`azp`), Entra ID version 1 (`appid`) and
 * Okta (`cid`). Every reader of a client id reads this list: a vendor's spelling must not let a token past a revocation
 * or an introspection that the operator configured.
 */
export const CLIENT_CLAIMS = ['client_id', 'azp', 'appid', 'cid'] as const;

/** The claims of {@link CLIENT_CLAIMS} whose client is the team of a call without another one, in their order. */
const TEAM_CLIENT_CLAIMS = ['client_id', 'azp'] as const;

/** The claims that {@link teamClientOf} reads, for a sentence to people. */
export const TEAM_CLIENT_CLAIMS_SHOWN = TEAM_CLIENT_CLAIMS.join(' or ');

/**
 * Returns every client id that a token names, in the order of {@link CLIENT_CLAIMS} and without repetitions. A token
 * may name one client as the party it was issued to and another in a vendor's claim, so all of them count.
 * @param claims claims, verified or not
 */
export function clientIdsOf(claims: Claims): readonly string[] {
  return [...new Set(CLIENT_CLAIMS.flatMap((name) => idsOf(claims[name]) ?? []))];
}

/**
 * Returns the client ids of {@link clientIdsOf} where each claim may name one client.
 * @param configKey path of the setting that asks for the client; `null` for a registered claim
 * @throws GatehouseError `claim_ambiguous` for a claim with several values
 */
export function soleClientIds(claims: Claims, configKey: string | null): readonly string[] {
  const named = CLIENT_CLAIMS.map((name) => singleId(claims[name], configKey));
  return [...new Set(named.filter((id) => id !== null))];
}

/**
 * Returns the client id that may be the id of a team: `client_id`, else `azp`; `null` when the token has neither. The
 * other claims are left out: LiteLLM reads these two (docs/how-to/choose-the-team.md).
 * @param configKey path of the setting that asks for the client
 * @throws GatehouseError `claim_ambiguous` for a claim with several values
 */
function teamClientOf(claims: Claims, configKey: string): string | null {
  for (const name of TEAM_CLIENT_CLAIMS) {
    const id = singleId(claims[name], configKey);
    if (id !== null) return id;
  }
  return null;
}
