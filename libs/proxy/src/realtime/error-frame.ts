import { errorBodyOf, newEntityId, type GatehouseError } from '#libs/common';
import type { Frame } from './frames.js';

/**
 * Returns the event that tells a client of an error: https://platform.openai.com/docs/api-reference/realtime-server-events/error.
 * @param eventId the client's id of the event that is refused; `null` for none
 */
export function errorFrame(error: GatehouseError, eventId: string | null): Frame {
  const body = { ...errorBodyOf(error).error, event_id: eventId };
  const event = { type: 'error', event_id: `event_${newEntityId()}`, error: body };
  return { data: Buffer.from(JSON.stringify(event)), isBinary: false };
}
