/** The replacement of a secret in an audit entry. */
export const MASKED = '[masked]';

const SECRET_NAME = /key|password|secret|token|credential/i;

/**
 * A copy of a value as JSON keeps it, in which every member whose name speaks of a secret (key,
 * password, secret, token, credential; in any case, at any depth) has lost its value.
 * @param value a row or part of one; dates become ISO text
 */
export function maskSecrets(value: object | null): object | null {
  if (value === null) return null;
  const text = JSON.stringify(value, (name, member: unknown) =>
    SECRET_NAME.test(name) && member !== null && member !== undefined ? MASKED : member,
  );
  return JSON.parse(text) as object;
}
