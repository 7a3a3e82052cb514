import { wireErrorBodyOf, type GatehouseError, type WireFormat } from '#libs/common';

/**
 * Returns the event that tells a client that its stream broke off: the gateway's envelope as
 * `data`; Anthropic's clients read its name `error`.
 * No end of the stream follows, so that a client does not take the response for complete.
 * @param requestId ours, as in `x-request-id`
 */
export function errorEvent(error: GatehouseError, wire: WireFormat, requestId: string): Buffer {
  const name = wire === 'anthropic' ? 'event: error\n' : '';
  return Buffer.from(`${name}data: ${JSON.stringify(wireErrorBodyOf(error, wire, requestId))}\n\n`);
}
