import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { contentCodingOf } from './content-codings.js';
import { errorCodeOf } from './error-code.js';
import { GatehouseError } from './errors/gatehouse-error.js';
import { giveBack } from './large-memory.js';

/**
 * Reads a request body once, refusing it as soon as it exceeds its limit, while reading.
 * @param stream a request, whose chunks are used by no other code: those of a large body are detached once they are copied
 * @param declaredLength the `Content-Length` header, so that a body announced as too large is refused unread
 * @throws GatehouseError `body_too_large`, or `request_invalid` when the client ends early
 */
export function readBody(
  stream: Readable,
  limitBytes: number,
  declaredLength?: string,
): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    if (declaredLength !== undefined && Number(declaredLength) > limitBytes)
      throw bodyTooLarge(limitBytes);
    // Nothing would tell its end any more.
    if (stream.destroyed) throw cutShort();
    const chunks: Buffer[] = [];
    let total = 0;
    const settle = (finish: () => void): void => {
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      total += chunk.length;
      if (total > limitBytes) {
        stream.pause();
        settle(() => {
          reject(bodyTooLarge(limitBytes));
        });
        return;
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      settle(() => {
        const only = chunks[0];
        resolve(chunks.length === 1 && only !== undefined ? only : joined(chunks, total));
      });
    };
    const onError = (cause: Error): void => {
      settle(() => {
        reject(cutShort(cause));
      });
    };
    const onClose = (): void => {
      settle(() => {
        reject(cutShort());
      });
    };
    stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

/** Joins chunks that no other code uses, and gives the memory of large ones back. */
function joined(chunks: readonly Buffer[], total: number): Buffer {
  const body = Buffer.concat(chunks, total);
  for (const chunk of chunks) giveBack(chunk, total);
  return body;
}

/**
 * Reads a request body of which every byte has come, as those of most calls have when the caller is known. It needs
 * no listeners and no promise.
 * @param request the request, its body not read yet
 * @returns `null` when {@link readRequestBody} is to be used
 * @throws GatehouseError `body_too_large`
 */
export function receivedBody(request: IncomingMessage, limitBytes: number): Buffer | null {
  if (!request.complete || request.destroyed || request.readableFlowing !== null) return null;
  if (request.readableLength > limitBytes) throw bodyTooLarge(limitBytes);
  // Each read returns one piece, and `null` at the end.
  const first = nextPiece(request);
  if (request.readableLength === 0) return first ?? Buffer.alloc(0);
  const pieces: Buffer[] = [];
  for (let piece = first; piece !== null; piece = nextPiece(request)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function nextPiece(request: IncomingMessage): Buffer | null {
  return request.read() as Buffer | null;
}

/**
 * Reads the body of a request. What came with its head is parsed behind the handlers of the request, in the same turn of
 * the event loop, so that a small body needs no listeners.
 * @param declaredLength as for {@link readBody}
 * @throws GatehouseError `body_too_large`, or `request_invalid` when the client ends early
 */
export async function readRequestBody(
  request: IncomingMessage,
  limitBytes: number,
  declaredLength?: string,
): Promise<Buffer> {
  await new Promise(setImmediate);
  return receivedBody(request, limitBytes) ?? (await readBody(request, limitBytes, declaredLength));
}

/** The refusal of a body that is larger than its limit. */
function bodyTooLarge(limitBytes: number): GatehouseError {
  return new GatehouseError('body_too_large', {
    message: `The request body is larger than ${String(limitBytes)} bytes.`,
  });
}

function cutShort(cause?: Error): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: 'The request body ended before it was complete.',
    cause,
  });
}

/**
 * Undoes the content coding of a request's body. The limit holds for the decoded bytes: decoding stops there, so that
 * a small body cannot grow without bound.
 * @param encoding the `Content-Encoding` header
 * @throws GatehouseError `body_too_large`, or `request_invalid` when the coding is not known or the body is damaged
 */
export async function decodedRequestBody(
  body: Buffer,
  encoding: string | undefined,
  limitBytes: number,
): Promise<Buffer> {
  const coding = contentCodingOf(encoding);
  if (coding === 'identity' || body.length === 0) return body;
  if (coding === null)
    throw invalid('The content coding is not known; use gzip, deflate, br, zstd or none.');
  try {
    return await coding.whole(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if (isTooLarge(error)) throw bodyTooLarge(limitBytes);
    throw invalid('The body is not what its content coding says.');
  }
}

function isTooLarge(error: unknown): boolean {
  return errorCodeOf(error) === 'ERR_BUFFER_TOO_LARGE';
}

function invalid(message: string): GatehouseError {
  return new GatehouseError('request_invalid', { message, param: 'content-encoding' });
}
