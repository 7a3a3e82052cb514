import type { ClaimField } from '#libs/config';
import { tokenInvalid } from '../failures/token-error.js';
import { readField, readFirst } from './claim-field.js';
import { readClaimId, idsOf } from './claim-ids.js';
import { SEVERAL_VALUES, soleMember } from './single-claim.js';

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
    remedy: `have the provider put a text of 1 to 255 bytes into the claim of \`${configKey}\``,
  });
}
