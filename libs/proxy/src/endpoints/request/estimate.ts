import type { JsonObjectScan } from '#libs/common';
import type { TokenUsage } from '#libs/spend';
import { tokensOfBytes } from '../../streaming/output-estimate.js';

/** What OpenAI counts for a picture of 1024 × 1024; used for every attachment, whose bytes are not text. */
const TOKENS_PER_ATTACHMENT = 765;
/** Larger bodies are neither parsed nor walked: that would hold up every other call of the process. */
const MAX_WALKED_BYTES = 262_144;
/** Members of message parts that hold attachments: `image_url.url`, `input_audio.data`, `file.file_data`. */
const ATTACHMENT_MEMBERS: ReadonlySet<string> = new Set(['data', 'file_data', 'image_url', 'url']);

/**
 * Estimates the tokens of a request's input. Only for entries marked `estimate`, whose upstream reported no usage.
 *
 * In a body of up to 256 KiB the strings of the members count at four bytes a token, and each attachment as one picture.
 * A number in an array counts as one token where token ids are allowed as input. In a larger body a quarter of the
 * members' bytes counts: constant work, and rather too much than too little.
 * @param scan the request's body
 * @param members names of the members that are input
 * @param countsTokenIds numbers are token ids
 */
export function estimateInputTokens(
  scan: JsonObjectScan,
  members: readonly string[],
  countsTokenIds = false,
): number {
  try {
    return members.reduce((sum, name) => sum + tokensOfMember(scan, name, countsTokenIds), 0);
  } catch {
    // A nested value is not valid JSON: the upstream refuses it, but the call may have been counted.
    return tokensOfBytes(scan.bytes.length);
  }
}

/** An estimate in the form in which usage is recorded. */
export function estimatedUsage(inputTokens: number, outputTokens: number): TokenUsage {
  return { inputTokens, cachedInputTokens: 0, outputTokens };
}

/** Counted from the text in the body, or from its size alone where it is too large to be looked into. */
function tokensOfMember(scan: JsonObjectScan, name: string, countsTokenIds: boolean): number {
  const member = scan.members.get(name);
  if (member === undefined) return 0;
  return scan.bytes.length > MAX_WALKED_BYTES
    ? tokensOfBytes(member.end - member.valueStart)
    : tokensOf(scan.value(name), countsTokenIds);
}

function tokensOf(root: unknown, countsTokenIds: boolean): number {
  let bytes = 0;
  let tokenIds = 0;
  let attachments = 0;
  // A stack of its own: bodies may be nested deeper than calls can be.
  const open: object[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') bytes += Buffer.byteLength(value);
    else if (typeof value === 'number') tokenIds += 1;
    else if (typeof value === 'object' && value !== null) open.push(value);
  };
  visit(root);
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) {
      for (const element of value as readonly unknown[]) visit(element);
      continue;
    }
    const members = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (typeof member === 'string' && ATTACHMENT_MEMBERS.has(name)) attachments += 1;
      else visit(member);
    }
  }
  const text = tokensOfBytes(bytes);
  return text + attachments * TOKENS_PER_ATTACHMENT + (countsTokenIds ? tokenIds : 0);
}
