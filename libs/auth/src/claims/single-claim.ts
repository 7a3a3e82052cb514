import { GatehouseError, isJsonObject } from '#libs/common';
import type { ClaimField } from '#libs/config';
import { holdsAnything, readField, readFirst, workedValue } from './claim-field.js';
import { readClaimId } from './claim-ids.js';

/** Result of {@link soleMember} for a list that holds no single value. */
export const SEVERAL_VALUES: unique symbol = Symbol('several values');

/**
 * Returns the value of a claim where one value is meant. A list with one member counts as that member, an empty list as
 * `undefined`. Providers send single values as lists: Keycloak does so for the organisation and for multivalued mappers.
 * @returns the constant {@link SEVERAL_VALUES} for a longer list and for a list of a list, which must be refused, not ignored
 */
export function soleMember(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const members: readonly unknown[] = value;
  return members.length > 1 || Array.isArray(members[0]) ? SEVERAL_VALUES : members[0];
}

/**
 * Returns the id that a claim holds where one id is meant, `null` where it holds none.
 * @param configKey path of the setting that names the claim; `null` for a registered claim
 * @throws GatehouseError `claim_ambiguous` for a list of several values: to ignore it would take the limits of the
 * organisation, team or user off the call
 */
export function singleId(value: unknown, configKey: string | null): string | null {
  const member = soleMember(value);
  if (member === SEVERAL_VALUES) throw claimAmbiguous(configKey);
  return readClaimId(member);
}

/**
 * Returns the id at a configured claim where one id is meant, `null` where the claim is absent or empty, or the pattern
 * or table of the field leaves nothing of it.
 * @param field which claim; `null` reads nothing
 * @param configKey path of the setting that names the claim
 * @throws GatehouseError `claim_ambiguous` as {@link singleId}, and for a claim that holds something else than an id (an
 * object, a number, a boolean, a string that is too long): without it, the limits of the organisation or team would not hold
 */
export function readSingle(
  claims: Readonly<Record<string, unknown>>,
  field: ClaimField | null,
  configKey: string,
): string | null {
  return field === null ? null : requiredId(readField(claims, field), configKey);
}

/**
 * Returns the organisation at a configured claim, as {@link readSingle}. The object form of Keycloak's mapper
 * _Organization Membership_, which has one member for each organisation (`{"acme": {"id": "…"}}`), counts as the list of the
 * names of its members.
 * @param field which claim; `null` reads nothing
 * @param configKey path of the setting that names the claim
 * @throws GatehouseError `claim_ambiguous` as {@link readSingle}
 */
export function readOrganisation(
  claims: Readonly<Record<string, unknown>>,
  field: ClaimField | null,
  configKey: string,
): string | null {
  if (field === null) return null;
  const held = readFirst(claims, field.paths)?.value;
  return requiredId(workedValue(namesOfMembers(held), field), configKey);
}

/**
 * Returns the id at a configured claim, as {@link readSingle}, but `null` for a claim that holds something else than an id.
 * Only for claims whose absence gives the call nothing more: a missing email fails every check of its domain, a team claim
 * without an id is refused where a team is required, and a token without a mapping to a key follows its own setting.
 * @param field which claim; `null` reads nothing
 * @param configKey path of the setting that names the claim
 * @throws GatehouseError `claim_ambiguous` as {@link singleId}
 */
export function readSoftly(
  claims: Readonly<Record<string, unknown>>,
  field: ClaimField | null,
  configKey: string,
): string | null {
  return field === null ? null : singleId(readField(claims, field), configKey);
}

/**
 * The refusal of a claim that holds something else than the id that is meant.
 * @param value the claim; its kind is named, never the value
 * @param configKey path of the setting that names the claim; `null` for a registered claim
 */
export function claimUnreadable(value: unknown, configKey: string | null): GatehouseError {
  const problem = `the claim holds ${kindOf(value)} where one id (a string of 1 to 255 bytes) is meant`;
  return new GatehouseError('claim_ambiguous', { context: { problem, configKey } });
}

/**
 * The refusal of a claim that holds a list of several values where one is meant.
 * @param configKey path of the setting that names the claim; `null` for a registered claim
 */
export function claimAmbiguous(configKey: string | null): GatehouseError {
  const problem = 'the claim holds a list of several values where one value is meant';
  return new GatehouseError('claim_ambiguous', { context: { problem, configKey } });
}

function requiredId(value: unknown, configKey: string): string | null {
  const id = singleId(value, configKey);
  const member = soleMember(value);
  if (id === null && holdsAnything(member)) throw claimUnreadable(member, configKey);
  return id;
}

/** An object counts as such a list only where each member is an object: `{"id": "acme"}` must not be organisation `id`. */
function namesOfMembers(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.values(value).every(isJsonObject) ? Object.keys(value) : value;
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'a string that is too long or malformed';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
