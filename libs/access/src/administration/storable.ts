const MAX_METADATA_BYTES = 65_536;
const MAX_METADATA_DEPTH = 32;

/**
 * Tells whether a value is text that PostgreSQL stores as it is: well-formed Unicode without NUL.
 * @param maxLength longest text accepted, in UTF-16 units
 */
export function isStorableText(value: unknown, maxLength: number): value is string {
  return (
    typeof value === 'string' &&
    value.length <= maxLength &&
    !value.includes('\0') &&
    value.isWellFormed()
  );
}

/**
 * Tells whether a value is a JSON object that `jsonb` stores without loss: at most 32 levels and
 * 64 KiB, finite numbers, every name and text well-formed and without NUL.
 * @param value a parsed JSON value
 */
export function isStorableMetadata(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    isStorableJson(value, MAX_METADATA_DEPTH) &&
    Buffer.byteLength(JSON.stringify(value)) <= MAX_METADATA_BYTES
  );
}

function isStorableJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorableText(value, MAX_METADATA_BYTES);
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(
    ([name, member]) =>
      isStorableText(name, MAX_METADATA_BYTES) && isStorableJson(member, depth - 1),
  );
}
