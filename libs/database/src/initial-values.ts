/**
 * Returns the members of an entity that have a value in its class: what may be said about a row, as it is while nothing
 * is said.
 */
export function initialValuesOf<Values extends object>(entity: new () => Values): Readonly<Values> {
  const members = Object.entries(new entity()).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members) as Values;
}
