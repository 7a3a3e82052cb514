import { memoizeByObject } from '#libs/common';
import {
  ISSUER_CLAIM_NAMES,
  type ClaimFields,
  type IssuerSettings,
  type SettingPath,
} from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** Everything that is read from a claim of its own. */
export type ClaimName = Exclude<keyof ClaimFields, 'isTeamSoft' | 'isTeamOptional' | 'scope'>;

/** Paths of the settings that name the claims of the tokens of one issuer. */
export type ClaimKeys = Readonly<Record<ClaimName, string>>;

/** Names the setting by which one claim is read. */
export type ClaimKeyOf = (name: ClaimName) => string;

const GLOBAL: ClaimKeys = {
  userId: CONFIG_KEYS.userId,
  userEmail: CONFIG_KEYS.userEmail,
  teamId: CONFIG_KEYS.teamId,
  teamIds: CONFIG_KEYS.teamIds,
  teamAlias: CONFIG_KEYS.teamAlias,
  orgId: CONFIG_KEYS.orgId,
  orgAlias: CONFIG_KEYS.orgAlias,
  endUserId: CONFIG_KEYS.endUserId,
  userRole: CONFIG_KEYS.userRole,
  userRoles: CONFIG_KEYS.userRoles,
  roles: CONFIG_KEYS.roles,
  objectId: CONFIG_KEYS.objectId,
  agentId: CONFIG_KEYS.agentId,
  virtualKey: CONFIG_KEYS.virtualKey,
};

/** What an entry of `litellm_jwtauth.issuers` can name; there the names end in `_jwt_field`. */
const LITELLM: readonly ClaimName[] = [
  'userId',
  'userEmail',
  'teamId',
  'teamIds',
  'orgId',
  'endUserId',
];

/** What `jwt_settings.user_claim_mappings` of the custom-JWT guide names. */
const CUSTOM_JWT: readonly ClaimName[] = ['userId', 'userEmail', 'userRole', 'teamId'];
const CUSTOM_JWT_PATH = 'general_settings.jwt_settings' satisfies SettingPath;

/** Members of an introspection response; the variables `OAUTH_USER_…_FIELD_NAME` are the same settings. */
const INTROSPECTION: Partial<Record<ClaimName, SettingPath>> = {
  userId: 'gatehouse.introspection.user_id_field',
  userRole: 'gatehouse.introspection.user_role_field',
  teamId: 'gatehouse.introspection.team_id_field',
};

type Entry = Pick<IssuerSettings, 'configPath' | 'isGlobal'>;

/**
 * Returns the settings by which an operator changes what is read from the tokens of an issuer: those of its own entry,
 * which win over those for all, where the entry can have them.
 * @param entry the issuer's entry; `null` where no entry proved the claims
 */
export function claimKeysOf(entry: Entry | null): ClaimKeys {
  return entry === null ? GLOBAL : keysOfEntry(entry);
}

const keysOfEntry = memoizeByObject(({ configPath, isGlobal }: Entry): ClaimKeys => {
  if (configPath === CUSTOM_JWT_PATH) return customJwtKeys();
  if (isGlobal) return GLOBAL;
  return configPath.startsWith('gatehouse.')
    ? keysBelow(`${configPath}.claims`, '', Object.keys(GLOBAL) as ClaimName[])
    : keysBelow(configPath, '_jwt_field', LITELLM);
});

/**
 * Returns what names the setting that a claim is in fact read by: that of the issuer's entry, or of introspection, where
 * the claim is mapped there, else the one for all.
 * @param mapped the fields that are read, what proved the claims, and the issuer's entry
 * @param everywhere the fields for all issuers
 */
export function readKeysOf(
  {
    kind,
    fields,
    entry,
  }: {
    readonly kind: string;
    readonly fields: ClaimFields;
    readonly entry: (Entry & Pick<IssuerSettings, 'claims'>) | null;
  },
  everywhere: ClaimFields,
): ClaimKeyOf {
  return (name) => {
    // A field that neither entry nor endpoint names is the very object of the settings for all.
    if (fields[name] === everywhere[name]) return GLOBAL[name];
    const isOfEntry = entry !== null && fields[name] === entry.claims[name];
    if (kind === 'introspection' && !isOfEntry) return INTROSPECTION[name] ?? GLOBAL[name];
    return claimKeysOf(entry)[name];
  };
}

/** Names the settings for all. */
export const globalKeyOf: ClaimKeyOf = (name) => GLOBAL[name];

function customJwtKeys(): ClaimKeys {
  return keysBelow(`${CUSTOM_JWT_PATH}.user_claim_mappings`, '', CUSTOM_JWT);
}

function keysBelow(path: string, suffix: string, names: readonly ClaimName[]): ClaimKeys {
  const own = names.map((name) => [name, `${path}.${ISSUER_CLAIM_NAMES[name]}${suffix}`] as const);
  return { ...GLOBAL, ...Object.fromEntries(own) };
}
