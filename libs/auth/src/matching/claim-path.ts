import { memoizeByString } from '#libs/common';

/** The member names on the way to a claim, outermost first. */
export type ClaimPath = readonly string[];

const ignoredPrefix = 'metadata.';
const NAMESPACED = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;

/**
 * Takes a claim path apart: dots separate levels, `\.` is a dot inside a name, and a leading
 * `metadata.` is dropped, as in LiteLLM. Every other character, backslashes included, is literal.
 * @example parseClaimPath('kubernetes\\.io.namespace') // ['kubernetes.io', 'namespace']
 */
export const parseClaimPath = memoizeByString((text): ClaimPath => {
  const path = text.startsWith(ignoredPrefix) ? text.slice(ignoredPrefix.length) : text;
  return path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
});

/**
 * The claim at a path, `undefined` when there is none. Only own members of objects are followed:
 * neither prototypes nor lists, so that `__proto__` and `roles.0` are names like any other.
 *
 * A path that begins like an address (`https://acme.example/roles`) names a namespaced claim, as Auth0 issues them:
 * the longest beginning of it that is the name of a claim is taken for that name, dots and all, and the rest leads on
 * from there. Other paths never do that, so that `a.b` is always nested and `a\.b` never is.
 */
export function readClaim(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  const names = parseClaimPath(path);
  if (!NAMESPACED.test(path)) return follow(claims, names);
  for (let length = names.length; length > 0; length -= 1) {
    const name = names.slice(0, length).join('.');
    if (Object.hasOwn(claims, name)) return follow(claims[name], names.slice(length));
  }
  return undefined;
}

/**
 * Tells whether a path leads into the claim of a name.
 * @param claim name of a member of the payload
 */
export function isPathInto(path: string, claim: string): boolean {
  const names = parseClaimPath(path);
  return (
    names[0] === claim || (NAMESPACED.test(path) && `${names.join('.')}.`.startsWith(`${claim}.`))
  );
}

function follow(start: unknown, names: ClaimPath): unknown {
  let value = start;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
