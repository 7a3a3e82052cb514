import type { JsonObjectScan } from '#libs/common';
import { eachString, type JsonString } from '../streaming/json-strings.js';

/** A longer part without strings is not walked: that would hold up every other call of the process. */
const MAX_GAP_BYTES = 4_096;
const COMMA = 0x2c;
/** Braces and brackets. */
const OPENING: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number | undefined> = new Set([0x7d, 0x5d]);

/** An object or array that is open. */
interface Frame {
  /** Of the member whose value it is; empty in an array. */
  readonly name: string;
  type: string;
  mediaType: string;
}

/**
 * Returns the bytes of a member that are data of pictures in Anthropic's form (`image` blocks with a `base64` source), which are not
 * text. Arguments of tools, in which a client may write anything, do not count. Where nothing is sure, it is less than it might be.
 * https://platform.claude.com/docs/en/build-with-claude/vision
 * @param name of the member that is input, for example `messages`
 */
export function pictureDataIn(scan: JsonObjectScan, name: string): number {
  const member = scan.members.get(name);
  if (member === undefined) return 0;
  const reader = new PictureReader(scan.bytes, member.valueStart);
  eachString(scan.bytes, { start: member.valueStart, end: member.end }, (one) => {
    reader.read(one);
  });
  return reader.total;
}

class PictureReader {
  total = 0;
  private readonly frames: Frame[] = [];
  private name = '';
  private isLost = false;

  constructor(
    private readonly bytes: Buffer,
    /** Behind the last string. */
    private at: number,
  ) {}

  read(one: JsonString): void {
    this.walkTo(one.start - 1);
    this.at = one.start + one.length + 1;
    if (this.isLost) return;
    if (one.valueByte !== null) this.name = one.text ?? '';
    else this.readValue(one);
  }

  private walkTo(end: number): void {
    this.isLost ||= end - this.at > MAX_GAP_BYTES;
    if (this.isLost) return;
    for (let at = this.at; at < end; at += 1) this.note(this.bytes[at]);
  }

  private note(byte: number | undefined): void {
    if (OPENING.has(byte)) this.frames.push({ name: this.name, type: '', mediaType: '' });
    else if (CLOSING.has(byte)) this.frames.pop();
    else if (byte !== COMMA) return;
    this.name = '';
  }

  private readValue({ text, length }: JsonString): void {
    const { name, frames } = this;
    const frame = frames.at(-1);
    if (frame === undefined) return;
    if (name === 'type') frame.type = text ?? '';
    else if (name === 'media_type') frame.mediaType = text ?? '';
    else if (name === 'data' && this.isPicture(frame)) this.total += length;
  }

  private isPicture({ name, type, mediaType }: Frame): boolean {
    return (
      name === 'source' &&
      type === 'base64' &&
      mediaType.startsWith('image/') &&
      this.frames.at(-2)?.type === 'image' &&
      !this.frames.some((frame) => frame.name === 'input')
    );
  }
}
