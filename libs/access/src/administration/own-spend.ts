import { GatehouseError } from '#libs/common';
import type { AccessContext } from '../request/access-context.js';
import { userIdOf } from './who-may.js';

/** Whose spend a caller sees, by one of three dimensions. */
export type OwnSpend =
  | { readonly organization: readonly string[] }
  | { readonly user: readonly string[] }
  | { readonly key: readonly string[] };

/**
 * Returns whose spend a caller that may not read everything sees where it names nothing: that of the organisations that it
 * administers, else its own.
 * @throws GatehouseError `route_not_allowed` for a caller without a user and a virtual key
 */
export function ownSpendOf(access: AccessContext): OwnSpend {
  const { administeredOrganizations: organization } = access;
  return organization.length > 0 ? { organization } : personalSpendOf(access);
}

/**
 * Returns what is booked to the caller itself: to its user, else to its virtual key.
 * @throws GatehouseError as {@link ownSpendOf}
 */
export function personalSpendOf(
  access: AccessContext,
): Exclude<OwnSpend, { organization: unknown }> {
  const userId = userIdOf(access);
  if (userId !== null) return { user: [userId] };
  const { keyId, firstKeyId } = access.attribution;
  if (keyId === null) {
    throw new GatehouseError('route_not_allowed', {
      message: 'This credential has no user and no virtual key, so no spend is its own.',
    });
  }
  return { key: firstKeyId === undefined ? [keyId] : [keyId, firstKeyId] };
}
