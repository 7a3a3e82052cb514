/** The PostgreSQL types of elements. */
export type ElementType = 'text' | 'int4' | 'int8' | 'numeric' | 'bool' | 'timestamptz';

/** An element: a text of its type, or what prints as one. */
export type ElementValue = string | number | boolean | null;

const ESCAPED = /["\\]/g;

/**
 * An array as PostgreSQL reads it. `pg` would quote and escape each element, numbers too, which is much
 * of the CPU that a batch of entries costs.
 * @param type only texts can hold characters that have to be quoted
 */
export function arrayLiteral(type: ElementType, values: readonly ElementValue[]): string {
  if (type !== 'text') return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
  // Calls of one batch mostly share their model, team and so on.
  let last: ElementValue = null;
  let element = 'NULL';
  const elements = values.map((value) => {
    if (value !== last) element = value === null ? 'NULL' : quoted(String(value));
    last = value;
    return element;
  });
  return `{${elements.join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(ESCAPED, '\\$&')}"`;
}
