import { SERVED_PREFIXES } from '#libs/proxy';

const SOCKETS = ['/v1/realtime', '/realtime', '/openai/v1/realtime'];

/** Returns the operations of the providers' own APIs and those of WebSockets, each with the reason why it has no example. */
export function passedThrough(): Record<string, string> {
  const methods = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'];
  const operations = SERVED_PREFIXES.flatMap((prefix) =>
    methods.map((method) => `${method} /${prefix}/{path}`),
  );
  return Object.fromEntries([
    ...operations.map((name) => [
      name,
      'The documentation of the provider describes its requests.',
    ]),
    ...SOCKETS.map((path) => [`GET ${path}`, 'A WebSocket is not an ordinary request.']),
  ]) as Record<string, string>;
}
