import { isJsonObject, jsonObjectOf } from '#libs/common';
import { chunkText, endsStream, errorEvent } from './bedrock-events.js';
import type { EventFrame } from './event-frames.js';

type Members = Readonly<Record<string, unknown>>;

const METRICS = 'amazon-bedrock-invocationMetrics';
const DONE = 'data: [DONE]\n\n';

/**
 * Returns a message of a stream of Bedrock as an event whose data is JSON, for its usage: of InvokeModelWithResponseStream what the model
 * has sent, of ConverseStream the message itself. Behind the usage that Amazon reports last, the stream is done.
 * @throws Error for a message that cannot be read
 */
export function usageEvent(frame: EventFrame): string {
  if (endsStream(frame)) return errorEvent(frame);
  const text = frame.type === 'chunk' ? chunkText(frame) : frame.body.toString('utf8');
  const members = jsonObjectOf(text) ?? {};
  const event = `data: ${JSON.stringify(members)}\n\n`;
  if (frame.type === 'metadata') return `${event}${DONE}`;
  const metrics = members[METRICS];
  // Anthropic's own events have counts of their own, and more of them.
  if (!isJsonObject(metrics) || typeof members['type'] === 'string') return event;
  return `${event}data: ${JSON.stringify({ usage: usageOfMetrics(metrics) })}\n\n${DONE}`;
}

/** Counts by the names of Bedrock's Converse. */
function usageOfMetrics(metrics: Members): Members {
  return {
    inputTokens: metrics['inputTokenCount'],
    outputTokens: metrics['outputTokenCount'],
    cacheReadInputTokens: metrics['cacheReadInputTokenCount'],
    cacheWriteInputTokens: metrics['cacheWriteInputTokenCount'],
  };
}
