import { GatehouseError } from '#libs/common';

/** More than metadata may have (32), and far less than exhausts the stack of what transforms and validates DTOs. */
const MAX_LEVELS = 64;

/**
 * Refuses what the transformation and validation of DTOs mishandle: objects and lists nested deeper than 64 levels,
 * and members at any level that are named like something every object inherits (`constructor`, `toString`,
 * `__proto__`, …), which their whitelist takes for known and some of which they drop silently.
 * @param value a parsed JSON value or a parsed query
 * @throws GatehouseError `request_invalid`, `param` is the member's name
 */
export function requireOrdinaryMembers(value: unknown): void {
  let level = [value].filter(isObject);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_LEVELS) {
      throw new GatehouseError('request_invalid', {
        message: `The request is nested deeper than ${String(MAX_LEVELS)} levels.`,
      });
    }
    level.forEach(requireNothingInherited);
    level = level.flatMap((one) => Object.values(one).filter(isObject));
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function requireNothingInherited(value: object): void {
  const name = Object.keys(value).find((key) => Object.hasOwn(Object.prototype, key));
  if (name === undefined) return;
  // In the words of the validation, which refuses all other unknown members.
  throw new GatehouseError('request_invalid', {
    message: `property ${name} should not exist`,
    param: name,
  });
}
