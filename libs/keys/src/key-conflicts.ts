import { GatehouseError, isGatehouseError, unknownRow } from '#libs/common';
import { violatedConstraint } from '#libs/database';

/** The kinds of owners of a key, with the member of a request that names each. */
const OWNERS = { user: 'user_id', team: 'team_id', organization: 'organization_id' } as const;

/** One kind of owner of a key. */
export type KeyOwner = keyof typeof OWNERS;

/** The error that the caller receives for a violation of each constraint. */
const CONFLICTS: Readonly<Record<string, () => GatehouseError>> = {
  virtual_keys_pkey: takenKey,
  virtual_keys_key_alias_key: () =>
    existing('A key with that key_alias exists already.', 'key_alias'),
  virtual_keys_user_id_fkey: () => unknownOwner('user'),
  virtual_keys_team_id_fkey: () => unknownOwner('team'),
  virtual_keys_organization_id_fkey: () => unknownOwner('organization'),
  jwt_key_mappings_claim_key: () =>
    existing('A mapping of that claim value exists already.', 'jwt_claim_value'),
  // LiteLLM answers 400 here, not 404: it is the mapping that is asked for, and its key is a member of it.
  jwt_key_mappings_token_fkey: () =>
    new GatehouseError('request_invalid', { message: 'There is no such key.', param: 'key' }),
};

/**
 * The outcome of writing a key or a mapping, with what the database refuses turned into our refusals. Their cause is
 * left out, because an error of the driver can quote the row.
 * @param write the write in progress
 * @throws GatehouseError `already_exists` for a key, an alias or a mapping that is there; `not_found` for an unknown
 *   user, team or organisation; `request_invalid` for a mapping to an unknown key
 */
export async function withoutConflict<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const conflict = CONFLICTS[violatedConstraint(error) ?? ''];
    throw conflict === undefined ? error : conflict();
  }
}

/** Returns the kind of owner that an error of {@link withoutConflict} is about; `null` for every other error. */
export function unknownOwnerOf(error: unknown): KeyOwner | null {
  const owner = isGatehouseError(error, 'not_found') ? error.context['unknownOwner'] : null;
  return typeof owner === 'string' && Object.hasOwn(OWNERS, owner) ? (owner as KeyOwner) : null;
}

/**
 * Returns the error for a key that does not exist or that the caller may not see.
 * @param param the member of the request that names it
 */
export function unknownKey(param = 'key'): GatehouseError {
  return unknownRow('key', param);
}

/** Returns the error for a chosen key that is in use. */
export function takenKey(): GatehouseError {
  return existing('A key with that value exists already.', 'key');
}

/** Returns the error for a chosen key that another one, or the same, was before it was regenerated. */
export function formerKey(): GatehouseError {
  return existing('A key had that value before it was regenerated; choose another one.', 'key');
}

function unknownOwner(owner: KeyOwner): GatehouseError {
  return unknownRow(owner, OWNERS[owner], { context: { unknownOwner: owner } });
}

function existing(message: string, param: string): GatehouseError {
  return new GatehouseError('already_exists', { message, param });
}
