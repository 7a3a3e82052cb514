import type { IncomingMessage } from 'node:http';
import type { AccessDecision } from '../call/access-decision.js';
import { takeParsedBody } from './body-intake.js';
import { keepBody } from './guarded-request.js';
import { requireOrdinaryMembers } from './inherited-names.js';

/** A request whose handler takes a DTO. */
export interface DtoRequest extends IncomingMessage {
  readonly query: unknown;
  body?: unknown;
}

/**
 * Reads and parses the body of a request whose handler takes a DTO, and hands it to the handler and to the steps behind.
 * A request without a body has the empty object.
 * @param request the request, its body not read yet
 * @param call the call that it has become
 * @param limitBytes largest body accepted, where that is less than 1 MiB
 * @throws GatehouseError `body_too_large`, `request_invalid`
 */
export async function keepParsedBody(
  request: DtoRequest,
  call: AccessDecision,
  limitBytes: number,
): Promise<void> {
  requireOrdinaryMembers(request.query);
  const body = await takeParsedBody(request, limitBytes);
  request.body = body?.value ?? {};
  if (body !== null) keepBody(request, call, body);
}
