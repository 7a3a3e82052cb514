import type { RelayRequest } from './relay-request.js';

/** Every response of the operation may be served again. */
export function everyResponse(): boolean {
  return true;
}

/** Upstreams that keep a response give it an id, which belongs to one call. Chats are kept where the request says so. */
export function unlessKept({ scan }: RelayRequest): boolean {
  return scan.value('store') !== true;
}

/** Upstreams keep responses of the Responses API unless the request says otherwise. */
export function onlyUnkept({ scan }: RelayRequest): boolean {
  return scan.value('store') === false;
}
