import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';

/**
 * Sends JSON that is written already, no faster than the client reads, and lets calls have their turn between the parts.
 * @param parts pieces of one document, each of them ready
 */
export async function sendJsonParts(
  response: ServerResponse,
  parts: Iterable<string>,
): Promise<void> {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  await pipeline(jsonStream(parts), response);
}

/**
 * Returns a stream of JSON that is written already, which lets calls have their turn between the parts.
 * @param parts pieces of one document, each of them ready
 */
export function jsonStream(parts: Iterable<string>): Readable {
  return Readable.from(inTurns(parts));
}

async function* inTurns(parts: Iterable<string>): AsyncGenerator<string> {
  for (const part of parts) {
    yield part;
    await setImmediate();
  }
}

/** The parts of a list with the text before and behind it. */
export function* listParts(
  before: string,
  items: Iterable<string>,
  behind: string,
): Generator<string> {
  yield before;
  let separator = '';
  for (const item of items) {
    yield separator + item;
    separator = ',';
  }
  yield behind;
}
