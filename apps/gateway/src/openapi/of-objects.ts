import { ENDPOINTS, pathsOf, type Endpoint } from '#libs/proxy';

const NEEDS_ID = 'The id is in the response of the call that has made it.';
const NEEDS_UPSTREAM =
  'It needs an upstream of `files_settings`; ids are in responses of earlier calls.';

/** Returns the operations on what an earlier call has made, each with the reason why it has no example. */
export function ofObjects(): Record<string, string> {
  return Object.fromEntries(
    ENDPOINTS.filter(namesObjects).flatMap(({ method = 'POST', ...endpoint }) =>
      pathsOf(endpoint).plain.map((path) => [
        `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
        endpoint.objects?.inPath === undefined ? NEEDS_UPSTREAM : NEEDS_ID,
      ]),
    ),
  );
}

/** Whether an operation names what an earlier call has made, or needs an upstream of files. */
export function namesObjects({ objects, servedBy }: Endpoint): boolean {
  return objects?.inPath !== undefined || servedBy !== undefined;
}
