import type { JsonObjectScan } from '#libs/common';
import type { TokenUsage } from '#libs/spend';
import type { TapReading } from './streaming/usage-tap.js';
import { textBytesOf } from './streaming/stream-event.js';

/** Usual length of a token in bytes of UTF-8. */
const BYTES_PER_TOKEN = 4;
/** What OpenAI counts for a picture of 1024 × 1024; used for every attachment, whose bytes are no text. */
const TOKENS_PER_ATTACHMENT = 765;
const INPUT_MEMBERS = ['messages', 'tools', 'functions', 'response_format'] as const;
/** Members of message parts that hold attachments: `image_url.url`, `input_audio.data`, `file.file_data`. */
const ATTACHMENT_MEMBERS: ReadonlySet<string> = new Set(['data', 'file_data', 'image_url', 'url']);

/**
 * Tokens of a request's input, counted from its text at four bytes a token. For entries marked `estimate`
 * alone, where the upstream's own count never came.
 * @param scan the request's body
 */
export function estimateInputTokens(scan: JsonObjectScan): number {
  try {
    return INPUT_MEMBERS.reduce((sum, name) => sum + tokensOf(scan.value(name)), 0);
  } catch {
    // A nested value that is no JSON: the upstream refuses it, but the call may have been counted.
    return Math.ceil(scan.bytes.length / BYTES_PER_TOKEN);
  }
}

/**
 * Tokens of a stream's output: four bytes a token, and at least one for each event that carried text.
 * @param reading what the tap has seen
 */
export function estimateStreamOutput({ textBytes, textEvents }: TapReading): number {
  return Math.max(textEvents, Math.ceil(textBytes / BYTES_PER_TOKEN));
}

/**
 * Tokens of a plain answer's output, or of the part of it that came.
 * @param body bytes of the answer
 */
export function estimatePlainOutput(body: Buffer): number {
  return Math.ceil(textBytesOf(body.toString('latin1')) / BYTES_PER_TOKEN);
}

/**
 * An estimate in the form in which usage is recorded.
 * @param inputTokens estimated input
 * @param outputTokens estimated output
 */
export function estimatedUsage(inputTokens: number, outputTokens: number): TokenUsage {
  return { inputTokens, cachedInputTokens: 0, outputTokens };
}

function tokensOf(root: unknown): number {
  let bytes = 0;
  let attachments = 0;
  // A stack of its own: bodies may be nested deeper than calls can be.
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'string' && ATTACHMENT_MEMBERS.has(name)) attachments += 1;
      else open.push(member);
    }
  }
  return Math.ceil(bytes / BYTES_PER_TOKEN) + attachments * TOKENS_PER_ATTACHMENT;
}
