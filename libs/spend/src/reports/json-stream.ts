import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Sends JSON that is written already, no faster than the client reads.
 * @param parts pieces of one document, each of them ready
 */
export async function sendJsonParts(
  response: ServerResponse,
  parts: Iterable<string>,
): Promise<void> {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  await pipeline(Readable.from(parts), response);
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
