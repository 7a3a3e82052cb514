import { isJsonObject } from '#libs/common';

/** Returns a usage object with the counts of two, of outputs that are billed each by itself. */
export function addedUsage(first: object, second: object): object {
  const sum: Record<string, unknown> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const before = sum[name];
    if (typeof value === 'number' && typeof before === 'number') sum[name] = before + value;
    else if (isJsonObject(value) && isJsonObject(before)) sum[name] = addedUsage(before, value);
    else sum[name] = value;
  }
  return sum;
}
