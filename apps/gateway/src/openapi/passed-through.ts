import { SERVED_PREFIXES } from '#libs/proxy';

/** Returns the operations of the providers' own APIs, each with the reason why it has no example. */
export function passedThrough(): Record<string, string> {
  const methods = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'];
  const operations = SERVED_PREFIXES.flatMap((prefix) =>
    methods.map((method) => `${method} /${prefix}/{path}`),
  );
  return Object.fromEntries(
    operations.map((name) => [name, 'The documentation of the provider describes its requests.']),
  );
}
