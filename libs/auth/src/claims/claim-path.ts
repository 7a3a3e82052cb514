/** The member names on the way to a claim, outermost first. */
export type ClaimPath = readonly string[];

const ignoredPrefix = 'metadata.';
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, ClaimPath>();

/**
 * Takes a claim path apart: dots separate levels, `\.` is a dot inside a name, and a leading
 * `metadata.` is dropped, as in LiteLLM. Every other character, backslashes included, is literal.
 * @param text the configured path
 * @example parseClaimPath('kubernetes\\.io.namespace') // ['kubernetes.io', 'namespace']
 */
export function parseClaimPath(text: string): ClaimPath {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const path = text.startsWith(ignoredPrefix) ? text.slice(ignoredPrefix.length) : text;
  const names = path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
  // Paths come from the configuration, so this bound is never met but by a defect.
  if (remembered.size < MAX_REMEMBERED) remembered.set(text, names);
  return names;
}

/**
 * The claim at a path, `undefined` when there is none. Only own members of objects are followed:
 * neither prototypes nor lists, so that `__proto__` and `roles.0` are names like any other.
 * @param claims the verified claims
 * @param path the configured path
 */
export function readClaim(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = claims;
  for (const name of parseClaimPath(path)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
