import type { JsonObjectScan } from '#libs/common';
import { eachFramedString, type JsonFrame } from '../../streaming/json-frames.js';

/**
 * Returns the bytes of a member that are data of pictures in Anthropic's form (`image` blocks with a `base64` source), which are not
 * text. Arguments of tools, in which a client may write anything, do not count. Where nothing is sure, it is less than it might be.
 * https://platform.claude.com/docs/en/build-with-claude/vision
 * @param name of the member that is input, for example `messages`
 */
export function pictureDataIn(scan: JsonObjectScan, name: string): number {
  const member = scan.members.get(name);
  if (member === undefined) return 0;
  let total = 0;
  const range = { start: member.valueStart, end: member.end };
  eachFramedString(scan.bytes, range, ({ name: own, one, frames }) => {
    if (own === 'data' && isPicture(frames)) total += one.length;
  });
  return total;
}

function isPicture(frames: readonly JsonFrame[]): boolean {
  const source = frames.at(-1);
  return (
    source?.name === 'source' &&
    source.texts.get('type') === 'base64' &&
    source.texts.get('media_type')?.startsWith('image/') === true &&
    frames.at(-2)?.texts.get('type') === 'image' &&
    !frames.some((frame) => frame.name === 'input')
  );
}
