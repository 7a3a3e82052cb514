/**
 * Id of what two ids name together, for example of a user within a team: `first:second`. A first part that is empty or holds
 * a colon is marked by a colon in front and has `%` and `:` escaped, so that two pairs never share an id. In the database
 * `gatehouse_pair_id` does the same.
 */
export function pairId(first: string, second: string): string {
  if (first !== '' && !first.includes(':')) return `${first}:${second}`;
  return `:${first.replaceAll('%', '%25').replaceAll(':', '%3A')}:${second}`;
}

/** Returns the two parts of an id that {@link pairId} made; `null` for any other text. */
export function pairOf(id: string): readonly [first: string, second: string] | null {
  const start = id.startsWith(':') ? 1 : 0;
  const end = id.indexOf(':', start);
  if (end < 0) return null;
  const first = id.slice(start, end);
  const second = id.slice(end + 1);
  return [start === 0 ? first : first.replaceAll('%3A', ':').replaceAll('%25', '%'), second];
}
