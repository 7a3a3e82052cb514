import type { Endpoint } from './endpoint.js';

/** A call, as far as its query decides about the address upstream. */
interface QueriedCall {
  readonly endpoint: Pick<Endpoint, 'relayedQuery'>;
  /** Request target as received. */
  readonly target: string;
}

/**
 * Returns the path of an upstream with the parameters of the client's query that may go there: those that the endpoint names, with
 * a value that it allows. No other reaches an upstream, because some clients write credentials there.
 * @param path path of the upstream, which may have a query
 */
export function relayedQuery(path: string, { endpoint, target }: QueriedCall): string {
  const start = target.indexOf('?');
  if (endpoint.relayedQuery === undefined || start === -1) return path;
  const sent = new URLSearchParams(target.slice(start + 1));
  let whole = path;
  for (const [name, allowed] of Object.entries(endpoint.relayedQuery)) {
    for (const value of sent.getAll(name).filter((one) => isAllowed(one, allowed)))
      whole += `${whole.includes('?') ? '&' : '?'}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }
  return whole;
}

function isAllowed(value: string, allowed: string | RegExp): boolean {
  return typeof allowed === 'string' ? value === allowed : allowed.test(value);
}
