import type { GatehouseError } from '#libs/common';

/**
 * The one event that tells a client that its stream broke off: the gateway's envelope as `data` (reference
 * C4). No `[DONE]` follows, so that nobody takes the answer for whole.
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
