import { memoizeByString } from '#libs/common';

const PARAMETER = /^\{(\w+)\}$/;

const segmentsOf = memoizeByString((path: string) => path.split('/'));

/**
 * Returns the parameters of a path by their names; `null` where it is not of a route.
 * @param route canonical, for example `/responses/{response_id}`
 */
export function pathParameters(
  route: string,
  path: string,
): Readonly<Record<string, string>> | null {
  const pattern = segmentsOf(route);
  const segments = path.split('/');
  if (pattern.length !== segments.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const expected = pattern[index] ?? '';
    const name = PARAMETER.exec(expected)?.[1];
    if (name !== undefined) parameters[name] = segment;
    else if (segment !== expected) return null;
  }
  return parameters;
}

/** Returns a path with the values of its parameters, encoded. */
export function filledPath(path: string, parameters: Readonly<Record<string, string>>): string {
  return path.replaceAll(/(?:\{|%7B)(\w+)(?:\}|%7D)/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined ? whole : encodeURIComponent(value);
  });
}
