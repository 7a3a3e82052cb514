import { GatehouseError } from '#libs/common';
import type { ClaimField } from '#libs/config';
import { readField } from './claim-field.js';
import { idOf } from './claim-texts.js';

/** Result of {@link soleMember} for a list that holds no single value. */
export const SEVERAL_VALUES: unique symbol = Symbol('several values');

/**
 * Returns the value of a claim where one value is meant. A list with one member counts as that member, an empty list as
 * `undefined`. Providers send single values as lists: Keycloak does so for the organisation and for multivalued mappers.
 * @param value the claim
 * @returns the constant {@link SEVERAL_VALUES} for a longer list and for a list of a list, which must be refused, not ignored
 */
export function soleMember(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const members: readonly unknown[] = value;
  return members.length > 1 || Array.isArray(members[0]) ? SEVERAL_VALUES : members[0];
}

/**
 * Returns the id that a claim holds where one id is meant, `null` where it holds none.
 * @param value the claim
 * @param configKey path of the setting that names the claim; `null` for a registered claim
 * @throws GatehouseError `claim_ambiguous` for a list of several values: to ignore it would take the limits of the
 * organisation, team or user off the call
 */
export function singleId(value: unknown, configKey: string | null): string | null {
  const member = soleMember(value);
  if (member === SEVERAL_VALUES) throw claimAmbiguous(configKey);
  return idOf(member);
}

/**
 * Returns the id at a configured claim where one id is meant, `null` where there is none.
 * @param claims verified claims
 * @param field which claim; `null` reads nothing
 * @param configKey path of the setting that names the claim
 * @throws GatehouseError `claim_ambiguous` as {@link singleId}
 */
export function readSingle(
  claims: Readonly<Record<string, unknown>>,
  field: ClaimField | null,
  configKey: string,
): string | null {
  return field === null ? null : singleId(readField(claims, field), configKey);
}

/**
 * The refusal of a claim that holds a list of several values where one is meant.
 * @param configKey path of the setting that names the claim; `null` for a registered claim
 */
export function claimAmbiguous(configKey: string | null): GatehouseError {
  const problem = 'the claim holds a list of several values where one value is meant';
  return new GatehouseError('claim_ambiguous', { context: { problem, configKey } });
}
