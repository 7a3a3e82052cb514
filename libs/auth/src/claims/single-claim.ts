import { GatehouseError, isJsonObject, isIdentityText } from '#libs/common';
import type { ClaimField } from '#libs/config';
import { tokenInvalid } from '../failures/token-error.js';
import { holdsAnything, readField, readFirst, workedValue } from './claim-field.js';

/** Result of {@link soleMember} for a list that holds no single value. */
export const SEVERAL_VALUES: unique symbol = Symbol('several values');

/**
 * Returns the value of a claim where one value is meant. A list with one member counts as that
 * member, an empty list as `undefined`. Providers send single values as lists: Keycloak does so for
 * the organisation and for multivalued mappers.
 * @returns the constant {@link SEVERAL_VALUES} for a longer list and for a list of a list, which
 * must be refused, not ignored
 */
export function soleMember(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const members: readonly unknown[] = value;
  return members.length > 1 || Array.isArray(members[0]) ? SEVERAL_VALUES : members[0];
}

/**
 * Returns the id that a claim holds where one id is meant, `null` where it holds none.
 * @param configKey path of the setting that names the claim; `null` for a registered claim
 * @throws GatehouseError `claim_ambiguous` for a list of several values: to ignore it would take
 * the limits of the organisation, team or user off the call
 */
export function singleId(value: unknown, configKey: string | null): string | null {
  const member = soleMember(value);
  if (member === SEVERAL_VALUES) throw claimAmbiguous(configKey);
  return readClaimId(member);
}

/**
 * Returns the id at a configured claim where one id is meant, `null` where the claim is absent or
 * empty, or the pattern or table of the field leaves nothing of it.
 * @param field which claim; `null` reads nothing
 * @param configKey path of the setting that names the claim
 * @throws GatehouseError `claim_ambiguous` as {@link singleId}, and for a claim that holds
 * something else than an id (an object, a number, a boolean, a string that is too long): without
 * it, the limits of the organisation or team would not hold
 */
export function readSingle(
  claims: Readonly<Record<string, unknown>>,
  field: ClaimField | null,
  configKey: string,
): string | null {
  return field === null ? null : requiredId(readField(claims, field), configKey);
}

/**
 * Returns the organisation at a configured claim, as {@link readSingle}. The object form of
 * Keycloak's mapper _Organization Membership_, which has one member for each organisation
 * (`{"acme": {"id": "…"}}`), counts as the list of the names of its members.
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
 * Returns the id at a configured claim, as {@link readSingle}, but `null` for a claim that holds
 * something else than an id. Only for claims whose absence gives the call nothing more: a missing
 * email fails every check of its domain, a team claim without an id is refused where a team is
 * required, and a token without a mapping to a key follows its own setting.
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

/**
 * An object counts as such a list only where each member is an object: `{"id": "acme"}` must not be
 * organisation `id`.
 */
function namesOfMembers(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.values(value).every(isJsonObject) ? Object.keys(value) : value;
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'a string that is too long or malformed';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/**
 * Returns the id that a claim holds: a well-formed string of at most 255 bytes; `null` for every
 * other value.
 */
export function readClaimId(value: unknown): string | null {
  return isIdentityText(value) ? value : null;
}

/**
 * Returns the ids that a claim holds, in its order and without repetitions. A string counts as a
 * list with one entry. Entries that are not ids are left out, so that one malformed group does not
 * hide the others.
 * @returns `null` for a value that is neither a list nor a string, as for an absent claim
 */
export function idsOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return isIdentityText(value) ? [value] : null;
  if (!Array.isArray(value)) return null;
  const entries: readonly unknown[] = value;
  return [...new Set(entries.filter(isIdentityText))];
}

/**
 * Returns the id that the claim of a user holds; a list with one member counts as that member. Any
 * other value is refused rather than ignored: the caller would be accepted without a user, beyond
 * every block and budget of the account (threat C20).
 * @param field the claim of the user
 * @param configKey path of the setting that names the claim
 * @returns `null` if the claim is absent or `null`, and for an id that the field's pattern or table
 *   leaves out
 * @throws GatehouseError `token_invalid` for a value that is not a well-formed string of 1 to 255
 *   bytes
 */
export function readIdentity(
  claims: Readonly<Record<string, unknown>>,
  field: ClaimField,
  configKey: string,
): string | null {
  const value = soleMember(readField(claims, field));
  const id = readClaimId(value);
  if (id !== null) return id;
  const held = readFirst(claims, field.paths)?.value ?? null;
  const isLeftOut = value === undefined && (idsOf(held) ?? []).length > 0;
  if (held === null || isLeftOut) return null;
  const several = 'the claim of the user holds several values where one id is meant';
  const problem = value === SEVERAL_VALUES ? several : 'the claim of the user holds no id';
  throw tokenInvalid(problem, configKey, {
    remedy: `have the provider put a string of 1 to 255 bytes into the claim of \`${configKey}\``,
  });
}
