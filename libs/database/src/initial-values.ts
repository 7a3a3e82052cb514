/**
 * Returns the members of an entity that have a value in its class, with that value: the optional
 * members of a new row and their initial values.
 */
export function initialValuesOf<Values extends object>(entity: new () => Values): Readonly<Values> {
  const members = Object.entries(new entity()).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members) as Values;
}
