import type { IncomingMessage } from 'node:http';
import type { RelayedBody } from '#libs/access';
import {
  decodedRequestBody,
  isGatehouseError,
  readRequestBody,
  receivedBody,
  isFormType,
  scanForm,
  scanJsonObject,
  type JsonObjectScan,
} from '#libs/common';
import { requireOrdinaryMembers } from './inherited-names.js';

const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * More than any administrative request needs. These bodies are parsed at once, which blocks all other
 * requests meanwhile.
 */
const MAX_PARSED_BYTES = 1_048_576;

/**
 * Tells whether the body of a request is read.
 * @param method method of the request, upper case
 */
export function mayHaveBody(method: string): boolean {
  return METHODS_WITH_BODY.has(method);
}

/** A body that was read once. */
export interface TakenBody {
  readonly bytes: Buffer;
  /** Its top-level members; `null` for a relayed body that may be anything and is not a JSON object. */
  readonly scan: JsonObjectScan | null;
}

/**
 * Reads and scans the body of a request that is relayed. A body of JSON and a form must be there.
 * @param request the request, its body not read yet
 * @param relays what the body may be
 * @returns `null` when the method has no body; a promise only where the body has to be waited for
 * @throws GatehouseError `body_too_large`, `request_invalid`
 */
export function takeRelayedBody(
  request: IncomingMessage,
  limitBytes: number,
  relays: RelayedBody,
): TakenBody | null | Promise<TakenBody> {
  const bytes = takeBytes(request, limitBytes);
  if (bytes === null) return null;
  const { 'content-type': type } = request.headers;
  const isForm = relays === 'form' || (relays === 'form-or-json' && isFormType(type));
  if (isForm) return takenForm(bytes, type);
  const read = relays === 'any' ? scannedWhereObject : scanned;
  return bytes instanceof Promise ? bytes.then(read) : read(bytes);
}

async function takenForm(
  body: Buffer | Promise<Buffer>,
  contentType: string | undefined,
): Promise<TakenBody> {
  const bytes = await body;
  return { bytes, scan: await scanForm(bytes, contentType) };
}

function scanned(bytes: Buffer): TakenBody {
  return { bytes, scan: scanJsonObject(bytes) };
}

/** By its bytes and not by the content type, which an upstream need not look at either. */
function scannedWhereObject(bytes: Buffer): TakenBody {
  try {
    return scanned(bytes);
  } catch (error) {
    if (isGatehouseError(error)) return { bytes, scan: null };
    throw error;
  }
}

/**
 * Reads and parses the body of a request whose handler takes a DTO: at most 1 MiB, at most 64 levels, and no member
 * whose name every object has, because the validation of DTOs takes those for known.
 * @param request the request, its body not read yet
 * @param limitBytes largest body accepted, where that is less than 1 MiB
 * @returns `null` when the request has no body
 * @throws GatehouseError `body_too_large`, `request_invalid`
 */
export async function takeParsedBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<(TakenBody & { readonly value: unknown }) | null> {
  const bytes = await takeBytes(request, Math.min(limitBytes, MAX_PARSED_BYTES));
  if (bytes === null || bytes.length === 0) return null;
  const scan = scanJsonObject(bytes);
  const value = scan.parsed();
  requireOrdinaryMembers(value);
  return { bytes, scan, value };
}

function takeBytes(request: IncomingMessage, limitBytes: number): Buffer | null | Promise<Buffer> {
  if (!mayHaveBody(request.method ?? '')) return null;
  const {
    'content-length': length,
    'transfer-encoding': encoding,
    'content-encoding': coding,
  } = request.headers;
  const isAnnounced = encoding !== undefined || (length !== undefined && length !== '0');
  if (!isAnnounced) return Buffer.alloc(0);
  const bytes = receivedBody(request, limitBytes) ?? readRequestBody(request, limitBytes, length);
  return coding === undefined ? bytes : decoded(bytes, coding, limitBytes);
}

async function decoded(
  bytes: Buffer | Promise<Buffer>,
  coding: string,
  limitBytes: number,
): Promise<Buffer> {
  return decodedRequestBody(await bytes, coding, limitBytes);
}
