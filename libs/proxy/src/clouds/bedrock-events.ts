import { jsonObjectOf } from '#libs/common';
import { typeOfException } from './amazon-errors.js';
import { anthropicError } from './anthropic-errors.js';
import type { EventFrame } from './event-frames.js';

type Members = Readonly<Record<string, unknown>>;

/** Members that Amazon adds to the events of a model. */
const ADDED = 'amazon-bedrock-';

/**
 * Returns a message of a stream of Bedrock as an event of Anthropic's, without what Amazon has added; empty for any other message.
 * @param requestId a text that the event of an exception has
 * @throws Error for one that cannot be read
 */
export function anthropicEvent(frame: EventFrame, requestId: string): string {
  const { kind, type } = frame;
  if (kind === 'exception' || kind === 'error') return errorEvent(frame, requestId);
  if (type !== 'chunk') return '';
  const text = chunkText(frame);
  const event = jsonObjectOf(text);
  const name = event?.['type'];
  if (event === null || typeof name !== 'string' || !/^\w+$/.test(name))
    throw new Error('a chunk without an event');
  const isChanged = text.includes(ADDED) || /[\r\n]/.test(text);
  return `event: ${name}\ndata: ${isChanged ? JSON.stringify(withoutAdded(event)) : text}\n\n`;
}

/** Whether the stream has ended with it. */
export function endsStream({ kind }: EventFrame): boolean {
  return kind === 'exception' || kind === 'error';
}

/**
 * Returns what the model has sent in a message.
 * @throws Error for a message without it
 */
export function chunkText({ body }: EventFrame): string {
  const bytes = jsonObjectOf(body.toString('utf8'))?.['bytes'];
  if (typeof bytes !== 'string') throw new Error('a chunk without bytes');
  return Buffer.from(bytes, 'base64').toString('utf8');
}

function withoutAdded(event: Members): Members {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !name.startsWith(ADDED)));
}

/**
 * Returns an exception or error as an event of Anthropic's.
 * @param requestId left out where the event is read and not sent
 */
export function errorEvent({ type, message: own, body }: EventFrame, requestId = ''): string {
  const said = jsonObjectOf(body.toString('utf8'))?.['message'];
  const message = typeof said === 'string' && said !== '' ? said : own || 'The provider failed.';
  const error = anthropicError(typeOfException(type) ?? 'api_error', message, requestId);
  return `event: error\ndata: ${JSON.stringify(error)}\n\n`;
}
