import type { GatehouseError } from '#libs/common';

/**
 * Returns the event that tells a client that its stream broke off: the gateway's envelope as
 * `data`.
 * No `[DONE]` follows, so that a client does not take the response for complete.
 */
export function errorEvent(error: GatehouseError): Buffer {
  const envelope = {
    error: {
      message: error.message,
      type: error.type,
      param: error.param,
      code: String(error.status),
      reason: error.code,
    },
  };
  return Buffer.from(`data: ${JSON.stringify(envelope)}\n\n`);
}
