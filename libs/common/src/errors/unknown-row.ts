import { GatehouseError, type GatehouseErrorOptions } from './gatehouse-error.js';

/**
 * Returns the refusal of a request that names a row which does not exist, or which the caller may not see.
 * @param kind what it names, in words: `team`
 * @param param the member of the request that names it
 */
export function unknownRow(
  kind: string,
  param: string,
  more: Pick<GatehouseErrorOptions, 'context' | 'cause'> = {},
): GatehouseError {
  return new GatehouseError('not_found', {
    ...more,
    message: `There is no such ${kind}.`,
    param,
  });
}
