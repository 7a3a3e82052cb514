import { ByteSequence, scanJsonObject } from '#libs/common';
import { requireModelName, type RelayRequest } from './relay-request.js';

/** The members of a request without a body. */
export const NO_MEMBERS = scanJsonObject(Buffer.from('{}'));
const NO_BYTES = new ByteSequence([]);

/**
 * Returns a request that is its path and its query alone.
 * @param model that of the object in the path
 */
export function bodilessRequest(model: string | null): RelayRequest {
  return {
    scan: NO_MEMBERS,
    model: requireModelName(model),
    isStream: false,
    wantsUsage: true,
    streamOptions: null,
    maxOutputTokens: null,
    wholeOutputTokens: null,
    choices: 1,
    inputSeconds: null,
    serviceTier: null,
    dropped: [],
  };
}

/** The body of such a request. */
export function emptyBody(): ByteSequence {
  return NO_BYTES;
}
