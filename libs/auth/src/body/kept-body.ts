import type { IncomingMessage } from 'node:http';
import type { RelayedBody, RequestState } from '#libs/access';
import type { AccessDecision } from '../call/access-decision.js';
import { takeParsedBody, takeRelayedBody, type TakenBody } from './body-intake.js';
import { requireOrdinaryMembers } from './inherited-names.js';

/** A request whose body is read for its handler and for the steps behind. */
export interface ReadRequest {
  readonly request: IncomingMessage & { readonly query: unknown; body?: unknown };
  readonly state: RequestState;
  /** The call that it has become. */
  readonly call: AccessDecision;
}

/**
 * Reads the body of a request whose handler relays it, and hands it to the handler and to the steps behind.
 * @param read its body not read yet
 * @param relays what the body may be
 * @throws GatehouseError `body_too_large`, `request_invalid`
 */
export function keepRelayedBody(
  read: ReadRequest,
  limitBytes: number,
  relays: RelayedBody,
): void | Promise<void> {
  const taken = takeRelayedBody(read.request, limitBytes, relays);
  if (taken instanceof Promise) {
    return taken.then((body) => {
      keep(read, body);
    });
  }
  if (taken !== null) keep(read, taken);
}

/**
 * Reads and parses the body of a request whose handler takes a DTO, and hands it to the handler and to the steps behind.
 * A request without a body has the empty object.
 * @param read its body not read yet
 * @param limitBytes largest body accepted, where that is less than 1 MiB
 * @throws GatehouseError `body_too_large`, `request_invalid`
 */
export async function keepParsedBody(read: ReadRequest, limitBytes: number): Promise<void> {
  const { request } = read;
  requireOrdinaryMembers(request.query);
  const body = await takeParsedBody(request, limitBytes);
  request.body = body?.value ?? {};
  if (body !== null) keep(read, body);
}

function keep({ state, call }: ReadRequest, { bytes, scan }: TakenBody): void {
  state.body = bytes;
  if (scan === null) return;
  state.scan = scan;
  call.body = scan;
}
