import type { ClaimField } from '#libs/config';
import { tokenInvalid } from '../jwt/token-problem.js';
import { readField, readFirst } from './claim-field.js';
import { idOf } from './claim-texts.js';

/**
 * The id that the claim of a user holds. A claim that holds anything else is refused rather than passed over: its bearer
 * would be let in as nobody, beyond every block and every budget of the account (threat C20).
 * @param claims verified claims
 * @param field where the id stands
 * @param configKey path of the setting that says so
 * @returns `null` where the claim is absent or `null`, and for an id that the field's pattern or table leaves out
 * @throws GatehouseError `token_invalid` for what is no well-formed text of 1 to 255 bytes
 */
export function readIdentity(
  claims: Readonly<Record<string, unknown>>,
  field: ClaimField,
  configKey: string,
): string | null {
  const value = readField(claims, field);
  const id = idOf(value);
  if (id !== null) return id;
  const held = readFirst(claims, field.paths)?.value ?? null;
  const isLeftOut = value === undefined && idOf(held) !== null;
  if (held === null || isLeftOut) return null;
  throw tokenInvalid('the claim of the user holds no id', configKey);
}
