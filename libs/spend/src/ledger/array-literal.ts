import { formatUsd, type PicoUsd } from '#libs/common';

/** The PostgreSQL types of elements. */
export type ElementType =
  'text' | 'int4' | 'int8' | 'numeric' | 'bool' | 'timestamptz' | 'date' | 'jsonb';

/** An element: a text of its type, what prints as one, or an amount, which is written in US dollars. */
export type ElementValue = string | number | boolean | PicoUsd | null;

const ESCAPED = /["\\]/g;

/**
 * An array as PostgreSQL reads it. `pg` would quote and escape each element, numbers too, which is much
 * of the CPU that a batch of entries costs.
 * @param type only texts and JSON can hold characters that have to be quoted
 * @param valueOf takes the element from an item
 */
export function arrayLiteral<T>(
  type: ElementType,
  items: readonly T[],
  valueOf: (item: T) => ElementValue,
): string {
  // Calls of one batch mostly share their model, team, price and so on.
  let last: ElementValue = null;
  let element = 'NULL';
  // Of its final length, because a batch makes some thirty of them.
  const elements = new Array<string>(items.length);
  let at = 0;
  for (const item of items) {
    const value = valueOf(item);
    if (value !== last) element = elementOf(type, value);
    last = value;
    elements[at] = element;
    at += 1;
  }
  return `{${elements.join(',')}}`;
}

function elementOf(type: ElementType, value: ElementValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') return formatUsd(value);
  return type === 'text' || type === 'jsonb'
    ? `"${String(value).replace(ESCAPED, '\\$&')}"`
    : String(value);
}
