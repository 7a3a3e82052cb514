import type { IssuerSettings } from '#libs/config';
import { CONFIG_KEYS } from '../policy/config-keys.js';

/** Paths of the settings that name the claims of users, teams and roles for the tokens of one issuer. */
export interface ClaimKeys {
  readonly userId: string;
  readonly teamId: string;
  readonly teamIds: string;
  readonly teamAlias: string;
  readonly roles: string;
  readonly userRoles: string;
}

const GLOBAL: ClaimKeys = {
  userId: CONFIG_KEYS.userId,
  teamId: CONFIG_KEYS.teamId,
  teamIds: CONFIG_KEYS.teamIds,
  teamAlias: CONFIG_KEYS.teamAlias,
  roles: CONFIG_KEYS.roles,
  userRoles: CONFIG_KEYS.userRoles,
};

/**
 * Returns the settings by which an operator changes what is read from the tokens of an issuer: those of its own entry,
 * which win over those for all, where the entry can have them.
 * @param entry the issuer's entry; `null` where no entry proved the claims
 */
export function claimKeysOf(
  entry: Pick<IssuerSettings, 'configPath' | 'isGlobal'> | null,
): ClaimKeys {
  if (entry === null || entry.isGlobal) return GLOBAL;
  const { configPath } = entry;
  if (!configPath.startsWith('gatehouse.')) {
    return {
      ...GLOBAL,
      userId: `${configPath}.user_id_jwt_field`,
      teamId: `${configPath}.team_id_jwt_field`,
      teamIds: `${configPath}.team_ids_jwt_field`,
    };
  }
  const claims = `${configPath}.claims`;
  return {
    userId: `${claims}.user_id`,
    teamId: `${claims}.team_id`,
    teamIds: `${claims}.team_ids`,
    teamAlias: `${claims}.team_alias`,
    roles: `${claims}.roles`,
    userRoles: `${claims}.user_roles`,
  };
}
