import type { IncomingMessage } from 'node:http';
import { readBody, scanJsonObject, type JsonObjectScan } from '#libs/common';

const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** A body that was read once, and its top-level members. */
export interface TakenBody {
  readonly bytes: Buffer;
  readonly scan: JsonObjectScan;
}

/**
 * Reads and scans the body of a request, where it has one.
 * @param request the request, its body not read yet
 * @param limitBytes largest body accepted
 * @param isRequired whether an empty body is refused
 * @returns `null` when there is no body and none is required
 * @throws GatehouseError `body_too_large`, `request_invalid`
 */
export async function takeBody(
  request: IncomingMessage,
  limitBytes: number,
  isRequired: boolean,
): Promise<TakenBody | null> {
  if (!METHODS_WITH_BODY.has(request.method ?? '')) return null;
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const isAnnounced = encoding !== undefined || (length !== undefined && length !== '0');
  const bytes = isAnnounced ? await readBody(request, limitBytes, length) : Buffer.alloc(0);
  if (bytes.length === 0 && !isRequired) return null;
  return { bytes, scan: scanJsonObject(bytes) };
}

/**
 * The value of a scanned body, for handlers that take a DTO.
 * @param body the body
 */
export function parsedBody(body: TakenBody): unknown {
  return JSON.parse(body.bytes.toString('utf8'));
}
