import { hash, randomBytes } from 'node:crypto';

/** What every virtual key begins with. */
export const KEY_PREFIX = 'sk-';

/** LiteLLM's length (`LENGTH_OF_LITELLM_GENERATED_KEY`): 128 bits. */
const RANDOM_BYTES = 16;
/** Characters that a chosen key needs behind the prefix: about the entropy of a generated key. */
const MIN_CHOSEN_LENGTH = 16;
const MAX_LENGTH = 255;
const SHOWN_TAIL = 4;
const KEY_FORM = /^sk-[\x21-\x7e]+$/;
const ID_FORM = /^[0-9a-f]{64}$/;

/** A new random key: `sk-` and 16 random bytes in URL-safe base64. Secret. */
export function newKeyText(): string {
  return `${KEY_PREFIX}${randomBytes(RANDOM_BYTES).toString('base64url')}`;
}

/** The id of a key: its SHA-256 as 64 lower-case hexadecimal digits, as LiteLLM keeps it. */
export function keyIdOf(keyText: string): string {
  return hash('sha256', keyText, 'hex');
}

/** The form in which people recognise a key: `sk-...` and its last four characters. */
export function keyNameOf(keyText: string): string {
  return `${KEY_PREFIX}...${keyText.slice(-SHOWN_TAIL)}`;
}

/**
 * Tells whether a text can be a key at all, so that nothing else is ever looked up.
 * @param text anything that was presented
 */
export function isKeyText(text: string): boolean {
  return text.length <= MAX_LENGTH && KEY_FORM.test(text);
}

/**
 * Tells whether a value may be a chosen key: the prefix and 16 to 252 visible ASCII characters.
 * @param value anything, typically a body member
 */
export function isChosenKeyText(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    isKeyText(value) &&
    value.length >= KEY_PREFIX.length + MIN_CHOSEN_LENGTH
  );
}

/** Tells whether a value is the id of a key. */
export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && ID_FORM.test(value);
}

/** Returns the id under which the books have a key that is named clear or by its id; any other text stays as it is. */
export function bookedKeyId(named: string): string {
  return isKeyText(named) ? keyIdOf(named) : named;
}

/**
 * The id of the key that an administrator names, clear or by its id; `null` when it is neither.
 * @param named what stands in the request
 */
export function namedKeyId(named: string): string | null {
  if (isKeyId(named)) return named;
  return isKeyText(named) ? keyIdOf(named) : null;
}
