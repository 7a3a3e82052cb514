import { ENDPOINTS, pathsOf, type Endpoint } from '#libs/proxy';

/** Returns the operations on what an earlier call has made, each with the reason why it has no example. */
export function ofObjects(): Record<string, string> {
  const operations = ENDPOINTS.filter(namesObjects).flatMap(({ method = 'POST', ...endpoint }) =>
    pathsOf(endpoint).plain.map((path) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  );
  return Object.fromEntries(
    operations.map((name) => [name, 'The id is in the response of the call that has made it.']),
  );
}

/** Whether the path of an operation names what an earlier call has made. */
export function namesObjects({ objects }: Endpoint): boolean {
  return objects?.inPath !== undefined;
}
