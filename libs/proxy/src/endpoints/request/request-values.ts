import { GatehouseError, type JsonObjectScan } from '#libs/common';

/**
 * Above what any evaluated member needs; a longer value is refused unparsed, so that its size costs
 * nothing.
 */
const MAX_SMALL_BYTES = 4_096;

/** First bytes of JSON values, by their type. */
const FIRST_BYTES = { array: '[', object: '{', string: '"' } as const;

/** Allowed values of an integer. */
export interface IntegerRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Returns the value of a small member, `null` when it is absent or null.
 * @param name name of the member
 * @throws GatehouseError `request_invalid` when it is longer than 4096 bytes
 */
export function smallValue(scan: JsonObjectScan, name: string): unknown {
  const member = scan.members.get(name);
  if (member === undefined) return null;
  if (member.end - member.valueStart > MAX_SMALL_BYTES) {
    throw invalidParameter(name, `"${name}" is longer than ${String(MAX_SMALL_BYTES)} bytes.`);
  }
  return scan.value(name) ?? null;
}

/**
 * Returns a string, `null` when the member is absent or null.
 * @param name name of the member
 * @throws GatehouseError `request_invalid` when it is not a string
 */
export function readText(scan: JsonObjectScan, name: string): string | null {
  const value = smallValue(scan, name);
  if (value !== null && typeof value !== 'string')
    throw invalidParameter(name, `"${name}" must be a string.`);
  return value;
}

/**
 * Returns a boolean, `false` when the member is absent or null.
 * @param name name of the member
 * @throws GatehouseError `request_invalid` when it is not a boolean
 */
export function readBoolean(scan: JsonObjectScan, name: string): boolean {
  const value = smallValue(scan, name) ?? false;
  if (typeof value !== 'boolean') throw invalidParameter(name, `"${name}" must be true or false.`);
  return value;
}

/**
 * Returns an integer, `null` when the member is absent or null.
 * @param name name of the member
 * @throws GatehouseError `request_invalid` when it is not an integer of the range
 */
export function readInteger(
  scan: JsonObjectScan,
  name: string,
  { min, max }: IntegerRange,
): number | null {
  const value = smallValue(scan, name);
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalidParameter(
      name,
      `"${name}" must be an integer from ${String(min)} to ${String(max)}.`,
    );
  }
  return value;
}

/**
 * Returns an object, `null` when the member is absent or null.
 * @param name name of the member
 * @throws GatehouseError `request_invalid` when it is not an object
 */
export function readObject(
  scan: JsonObjectScan,
  name: string,
): Readonly<Record<string, unknown>> | null {
  const value = smallValue(scan, name);
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidParameter(name, `"${name}" must be an object.`);
  }
  return value as Readonly<Record<string, unknown>>;
}

/**
 * Returns true when a member has one of the types. Looks at its first byte only: the value may be
 * megabytes of images.
 * @param name name of the member
 */
export function hasType(
  scan: JsonObjectScan,
  name: string,
  types: readonly (keyof typeof FIRST_BYTES)[],
): boolean {
  const member = scan.members.get(name);
  if (member === undefined) return false;
  const first = String.fromCharCode(scan.bytes[member.valueStart] ?? 0);
  return types.some((type) => FIRST_BYTES[type] === first);
}

/**
 * Returns the refusal of a member.
 * @param param name of the member; cut after 64 characters
 */
export function invalidParameter(param: string, message: string): GatehouseError {
  return new GatehouseError('request_invalid', { message, param: param.slice(0, 64) });
}
