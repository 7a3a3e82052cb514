import type { ClaimLack, TeamClaims } from '#libs/access';
import type { ClaimField, ClaimFields, JwtSettings } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { holdsAnything, readFirst } from './claim-field.js';
import type { ClaimKeys } from './claim-keys.js';
import { readClaim } from '../matching/claim-path.js';
import { idsOf } from './single-claim.js';
import { CLIENT_CLAIMS } from './team-claims.js';
import { readRoles } from './role-mapping.js';

type Claims = Readonly<Record<string, unknown>>;

/** What was found at the claim of a field. */
type Shape = 'absent' | 'empty' | 'misshapen' | 'held';

/** A claim that was looked for, by the setting that names it. */
interface Sought {
  readonly field: ClaimField;
  readonly configKey: string;
}

/** Where providers put roles by themselves. */
const PLACES_OF_ROLES: readonly string[] = ['roles', 'realm_access.roles', 'groups'];
/** Claims that name a team or a program in common tokens, and the setting that would read them. */
const PLACES_OF_TEAMS: readonly (readonly [string, 'teamId' | 'teamIds'])[] = [
  ...CLIENT_CLAIMS.map((name) => [name, 'teamId'] as const),
  ['groups', 'teamIds'],
];

/**
 * Returns why a token has no role that counts: for each claim that roles are read from its path, and whether it was
 * absent, empty, of the wrong shape, or held roles that do not fit. Never a role that the token holds.
 * @param keys settings that name the claims
 */
export function roleLack(
  claims: Claims,
  fields: Pick<ClaimFields, 'roles' | 'userRoles'>,
  rbac: JwtSettings['rbac'],
  keys: ClaimKeys,
): ClaimLack {
  const sought = [
    ...soughtBy(rbac.userAllowedRoles === null ? null : fields.userRoles, keys.userRoles),
    ...soughtBy(rbac.roleMappings.length === 0 ? null : fields.roles, keys.roles),
  ];
  const counted =
    rbac.userAllowedRoles === null ? CONFIG_KEYS.roleMappings : CONFIG_KEYS.userAllowedRoles;
  const [first] = sought;
  if (first === undefined) return unconfiguredRoles(rbac, counted, keys);
  const shapes = sought.map(({ field }) => shapeOf(claims, field, (value) => readRoles(value)));
  const found = sought.map(({ field }, index) => roleSentence(claims, field, shapes[index]));
  const elsewhere = shapes.every((shape) => shape === 'held')
    ? undefined
    : PLACES_OF_ROLES.find((path) => holdsRoles(claims, path) && !isSought(path, sought));
  const note = elsewhere === undefined ? '' : `, but there is a claim \`${elsewhere}\``;
  const { field, configKey } = first;
  const claim = `\`${shownPaths(field)}\``;
  return {
    detail: `${found.join(' and ')}${note}`,
    remedy: shapes.includes('held')
      ? `give the caller a role of \`${counted}\` at the provider, or add one of its roles there`
      : `have the provider put the roles of the caller into the claim ${claim} of the access token, as a list of strings${elsewhere === undefined ? '' : `, or set \`${configKey}\` to \`${elsewhere}\``}`,
  };
}

/**
 * Returns why a token names no team: for each claim that teams are read from its path, and whether it was absent, empty
 * or of the wrong shape; and a claim beside it that may be the one that was meant. `null` where the token names a team.
 * @param keys settings that name the claims
 */
export function teamLack(
  claims: Claims,
  fields: Pick<ClaimFields, 'teamId' | 'teamAlias' | 'teamIds' | 'isTeamSoft'>,
  teams: TeamClaims,
  keys: ClaimKeys,
): ClaimLack | null {
  if (isTeamNamed(teams)) return null;
  const sought = [
    ...soughtBy(fields.teamId, keys.teamId),
    ...soughtBy(fields.teamAlias, keys.teamAlias),
    ...soughtBy(fields.teamIds, keys.teamIds),
  ];
  const found = sought.map(({ field }) =>
    teamSentence(
      field,
      shapeOf(claims, field, (value) => idsOf(value) ?? []),
    ),
  );
  const [first] = sought;
  const detail = first === undefined ? 'no claim of a team is configured' : found.join(' and ');
  const remedy =
    first === undefined
      ? `name the claim of the team in \`${keys.teamId}\``
      : `have the provider put the team into the claim \`${shownPaths(first.field)}\` of the access token`;
  const other = otherTeamClaim(claims, fields, sought, keys);
  if (other === null) return { detail, remedy };
  return { detail: `${detail}${other.note}`, remedy: `${other.proposal}, or ${remedy}` };
}

/**
 * Returns why a token leads to no user: the path of the claim of the user and whether it was absent or empty.
 * @param configKey setting that names the claim of the user
 */
export function userLack(
  claims: Claims,
  fields: Pick<ClaimFields, 'userId' | 'userEmail'>,
  configKey: string,
): ClaimLack {
  const field = fields.userId ?? fields.userEmail;
  if (field === null) {
    const remedy = `name the claim of the user in \`${configKey}\``;
    return { detail: 'no claim of a user is configured', remedy };
  }
  const shape = shapeOf(claims, field, (value) => idsOf(value) ?? []);
  const name = `the claim \`${shownPaths(field)}\``;
  const isMissing = shape === 'absent' || shape === 'empty';
  return {
    detail: `${name} ${isMissing ? `is ${shape}` : 'holds no id of a user'}`,
    remedy: `have the provider put the user into ${name} of the access token`,
  };
}

function isTeamNamed({ teamId, source, alias, listed }: TeamClaims): boolean {
  if (alias !== null || (listed ?? []).length > 0) return true;
  return teamId !== null && source !== 'soft';
}

/** A claim that was not looked for and may be the one that was meant. */
function otherTeamClaim(
  claims: Claims,
  fields: Pick<ClaimFields, 'teamId' | 'isTeamSoft'>,
  sought: readonly Sought[],
  keys: ClaimKeys,
): { readonly note: string; readonly proposal: string } | null {
  const other = PLACES_OF_TEAMS.find(
    ([name, key]) => holdsTeam(claims, name) && !isSought(name, sought) && mayBeMeant(key, fields),
  );
  if (other === undefined) return null;
  const [name, key] = other;
  return {
    note: `, but there is a claim \`${name}\``,
    proposal: `set \`${keys[key]}\` to \`${name}\`${ifMeant(name)}`,
  };
}

function soughtBy(field: ClaimField | null, configKey: string): readonly Sought[] {
  return field === null ? [] : [{ field, configKey }];
}

function unconfiguredRoles(rbac: JwtSettings['rbac'], counted: string, keys: ClaimKeys): ClaimLack {
  const areListed = rbac.userAllowedRoles !== null || rbac.roleMappings.length > 0;
  if (!areListed) {
    const detail = 'it names neither a user nor a team, and no roles are configured';
    return { detail, remedy: `list the roles that count in \`${counted}\`` };
  }
  const configKey = rbac.userAllowedRoles === null ? keys.roles : keys.userRoles;
  const detail = `no claim is configured that the roles of \`${counted}\` are read from`;
  return { detail, remedy: `name the claim of the roles in \`${configKey}\`` };
}

function shapeOf(
  claims: Claims,
  field: ClaimField,
  read: (value: unknown) => readonly string[],
): Shape {
  const found = readFirst(claims, field.paths);
  if (found === null) return 'absent';
  const { value } = found;
  if (!holdsAnything(value) || (Array.isArray(value) && value.length === 0)) return 'empty';
  return read(value).length === 0 ? 'misshapen' : 'held';
}

function roleSentence(claims: Claims, field: ClaimField, shape: Shape | undefined): string {
  const name = `the claim \`${readFirst(claims, field.paths)?.path ?? shownPaths(field)}\``;
  switch (shape) {
    case 'held':
      return `${name} holds roles, of which none counts`;
    case 'misshapen':
      return `${name} is neither a string nor a list of strings`;
    case 'empty':
      return `${name} is empty`;
    default:
      return `${name} is absent`;
  }
}

function teamSentence(field: ClaimField, shape: Shape): string {
  const name = `the claim \`${shownPaths(field)}\``;
  if (shape === 'absent' || shape === 'empty') return `${name} is ${shape}`;
  return `${name} holds no id of a team`;
}

function shownPaths({ paths }: ClaimField): string {
  return paths.join('` or `');
}

function isSought(path: string, sought: readonly Sought[]): boolean {
  return sought.some(({ field }) => field.paths.includes(path));
}

function holdsRoles(claims: Claims, path: string): boolean {
  return readRoles(readClaim(claims, path)).length > 0;
}

function holdsTeam(claims: Claims, name: string): boolean {
  return (idsOf(Object.hasOwn(claims, name) ? claims[name] : undefined) ?? []).length > 0;
}

/** Without a setting the claims that name the client are consulted already. */
function mayBeMeant(
  key: 'teamId' | 'teamIds',
  { teamId, isTeamSoft }: Pick<ClaimFields, 'teamId' | 'isTeamSoft'>,
): boolean {
  return key !== 'teamId' || teamId !== null || !isTeamSoft;
}

function ifMeant(name: string): string {
  return name === 'groups' ? ', if groups are the teams' : ', if each client is a team';
}
