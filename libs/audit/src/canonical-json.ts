/**
 * Returns the same string for a JSON value in every order of its members: members sorted by name
 * (UTF-16 units, as RFC 8785 section 3.2.3), no white space, ECMAScript numbers.
 * PostgreSQL's `jsonb` reorders members, so hashes are taken over this form.
 * @param value a value that came from JSON; members that are `undefined` are left out
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
