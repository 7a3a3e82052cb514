import type { Principal, RbacRole, TeamClaims } from '#libs/access';
import type { ClaimFields, IssuerSettings, JwtSettings } from '#libs/config';
import { isFieldPresent, readField } from './claim-field.js';
import { claimKeysOf, readKeysOf, type ClaimKeyOf } from './claim-keys.js';
import { roleLack, teamLack, userLack } from './claim-lack.js';
import { readEmail } from './email-claim.js';
import { mayLinkByEmail } from './email-link.js';
import { principalFrom } from './principal-template.js';
import { areRolesChecked, mapRoles, readScopes } from './role-mapping.js';
import {
  readClaimId,
  readIdentity,
  readOrganisation,
  readSingle,
  singleId,
  soleMember,
} from './single-claim.js';
import { soleClientIds, mapTeams } from './team-claims.js';

type Claims = Readonly<Record<string, unknown>>;

/** What is mapped, and by which fields. */
export interface MappedClaims {
  readonly kind: Extract<Principal['kind'], 'jwt' | 'userinfo' | 'introspection'>;
  readonly claims: Claims;
  readonly fields: ClaimFields;
  /** The issuer's entry; `null` for claims that no entry proved. */
  readonly entry: IssuerSettings | null;
}

/**
 * Returns the principal that verified claims identify. Ids are well-formed strings of at most 255
 * bytes. A list with one member counts as that member. A longer list and a claim of another type
 * are refused, except that such an email address counts as absent, and so does such a team if a
 * team is required. A caller with the admin scope, from an issuer that may assert it
 * (`gatehouse.admin_issuers`), is an administrator. The claim of `object_id_jwt_field` is the team
 * of a caller whose role is `team`, and the user of a caller whose role is `internal_user`.
 * @param settings settings that apply to every issuer
 * @throws GatehouseError `groups_unresolved` for a list of teams that is too long,
 *   `claim_ambiguous` for several values, or a value that cannot be read, where the claim must hold
 *   one id, `token_invalid` if the claim of the user holds no id (threat C20)
 */
export function mapClaims(mapped: MappedClaims, settings: JwtSettings): Principal {
  const { kind, claims, fields, entry } = mapped;
  const keyOf = readKeysOf(mapped, settings.claims);
  const issuer = readClaimId(claims['iss']) ?? entry?.issuer ?? null;
  const isTrusted = issuer !== null && settings.trustedEmailIssuers.includes(issuer);
  const { email, isVerified: emailVerified } = readEmail(claims, fields.userEmail, {
    configKey: keyOf('userEmail'),
    isTrusted,
  });
  const scopes = readScopes(readField(claims, fields.scope));
  const mayAdminister = mayAssertAdmin(issuer, settings);
  const isAdmin = scopes.includes(settings.adminScope) && mayAdminister;
  const roleSource = { claims, fields, userRoleKey: keyOf('userRole') };
  const { roles, mapped: mappedRole, role } = mapRoles(roleSource, settings, mayAdminister);
  const claimed = {
    teams: mapTeams(claims, fields, settings.teams.defaultTeamId, keyOf),
    userId: mapUserId(mapped, { email, emailVerified, issuer }, settings, keyOf),
  };
  const rbacRole = isAdmin ? 'proxy_admin' : (mappedRole ?? roleOfIds(claimed, settings.rbac));
  return Object.freeze({
    kind,
    issuer,
    subject: readClaimId(soleMember(claims['sub'])),
    ...accountSubjectOf(entry, claimed),
    email,
    emailVerified,
    ...withObjectId(claimed, rbacRole, mapped, keyOf('objectId')),
    ...lacksOf(mapped, { rbacRole, ...claimed }, settings),
    orgId: readOrganisation(claims, fields.orgId, keyOf('orgId')),
    orgAlias: readOrganisation(claims, fields.orgAlias, keyOf('orgAlias')),
    endUserId: readSingle(claims, fields.endUserId, keyOf('endUserId')),
    agentId: readSingle(claims, fields.agentId, keyOf('agentId')),
    scopes: Object.freeze([...scopes]),
    roles: Object.freeze([...roles]),
    rbacRole,
    role,
    isAdmin,
    mayAdminister,
    clientIds: soleClientIds(claims, null),
    tokenId: singleId(claims['jti'], null),
    sessionId: singleId(claims['sid'], null),
    issuedAt: timeOf(claims['iat']),
    authenticatedAt: timeOf(claims['auth_time']),
    key: null,
    claims,
  });
}

/**
 * Returns the reasons that a refusal would have to explain; none if no role, team or user is
 * required.
 */
function lacksOf(
  { claims, fields, entry }: MappedClaims,
  { rbacRole, teams, userId }: Pick<Principal, 'rbacRole' | 'teams' | 'userId'>,
  { rbac, teams: { isTeamRequiredForModels } }: JwtSettings,
): Pick<Principal, 'roleLack' | 'teamLack' | 'userLack'> {
  const isRoleMissing = rbac.enforceRole && rbacRole === null;
  const isUserMissing = rbac.enforceIdentity && userId === null;
  const isTeamRequired = teams.isRequired || isTeamRequiredForModels || isUserMissing;
  const keys = claimKeysOf(entry);
  const team = isTeamRequired ? teamLack(claims, fields, teams, keys) : null;
  return {
    ...(isRoleMissing ? { roleLack: roleLack(claims, fields, rbac, keys) } : {}),
    ...(team === null ? {} : { teamLack: team }),
    ...(isUserMissing ? { userLack: userLack(claims, fields, keys.userId) } : {}),
  };
}

interface ClaimedIds {
  readonly teams: TeamClaims;
  readonly userId: string | null;
}

/**
 * Without a configured claim the address is the id, as in LiteLLM. With a configured claim, the
 * address replaces an absent claim only if the issuer vouches for the address and
 * `link_by_verified_email` is on for the issuer: a user who can choose an address must not get the
 * account that has this address.
 */
function mapUserId(
  { claims, fields, entry }: MappedClaims,
  address: Pick<Principal, 'email' | 'emailVerified' | 'issuer'>,
  settings: JwtSettings,
  keyOf: ClaimKeyOf,
): string | null {
  if (entry !== null && entry.principalTemplate !== null) {
    return principalFrom(entry.principalTemplate, claims, `${entry.configPath}.principal`);
  }
  const { email, emailVerified, issuer } = address;
  if (fields.userId === null)
    return email ?? readSingle(claims, fields.userEmail, keyOf('userEmail'));
  if (isFieldPresent(claims, fields.userId)) {
    return readIdentity(claims, fields.userId, keyOf('userId'));
  }
  return emailVerified === true && mayLinkByEmail(issuer, settings) ? email : null;
}

function accountSubjectOf(
  entry: IssuerSettings | null,
  { userId }: ClaimedIds,
): Pick<Principal, 'accountSubject'> {
  const template = entry?.principalTemplate ?? null;
  return template === null ? {} : { accountSubject: userId };
}

/**
 * A soft team gives no role: only later steps know whether it exists. Where roles are checked, a user id gives no role
 * either, because every token has one, and neither does the default team, which every token gets.
 */
function roleOfIds({ teams, userId }: ClaimedIds, rbac: JwtSettings['rbac']): RbacRole | null {
  const isChecked = areRolesChecked(rbac);
  const isOwnTeam = teams.source !== 'soft' && !(isChecked && teams.source === 'default');
  if (teams.teamId !== null && isOwnTeam) return 'team';
  return userId === null || isChecked ? null : 'internal_user';
}

function withObjectId(
  claimed: ClaimedIds,
  role: RbacRole | null,
  { claims, fields: { objectId } }: MappedClaims,
  configKey: string,
): ClaimedIds {
  if (objectId === null) return claimed;
  if (role === 'internal_user') {
    const userId = readIdentity(claims, objectId, configKey);
    return userId === null ? claimed : { ...claimed, userId };
  }
  if (role !== 'team') return claimed;
  const teamId = readSingle(claims, objectId, configKey);
  if (teamId === null) return claimed;
  return { ...claimed, teams: { ...claimed.teams, teamId, source: 'object_id' } };
}

function mayAssertAdmin(issuer: string | null, { adminIssuers }: JwtSettings): boolean {
  return adminIssuers === null || (issuer !== null && adminIssuers.includes(issuer));
}

function timeOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
