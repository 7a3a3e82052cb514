/** Strings that one memoized function keeps. Past it all are dropped, so that reloads cannot fill it for good. */
const MAX_STRINGS = 1_000;

/**
 * Returns a function that makes its value once per object. The value is kept as long as the object and is never
 * compared again, so the object must not change: settings and parts of them, lists of a cached row, verified claims.
 * A reload puts other objects in their place, which get values of their own. One `WeakMap.get` per call.
 */
export function memoizeByObject<K extends object, V extends object>(
  make: (key: K) => V,
): (key: K) => V {
  const values = new WeakMap<K, V>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    values.set(key, value);
    return value;
  };
}

/**
 * Returns a function that keeps its values for the last 1,000 strings or fewer: patterns and templates of the
 * configuration, names that clients ask for. `null` is made anew each time.
 */
export function memoizeByString<V extends object>(make: (key: string) => V): (key: string) => V;
export function memoizeByString<V extends object>(
  make: (key: string) => V | null,
): (key: string) => V | null;
export function memoizeByString<V extends object>(
  make: (key: string) => V | null,
): (key: string) => V | null {
  const values = new Map<string, V>();
  return (key) => {
    const known = values.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    if (value === null) return null;
    if (values.size >= MAX_STRINGS) values.clear();
    values.set(key, value);
    return value;
  };
}
