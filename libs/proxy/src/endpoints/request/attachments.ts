import type { JsonObjectScan } from '#libs/common';
import { eachString, type JsonString } from '../../streaming/json-strings.js';

/** What the input of a request holds besides text. */
export interface Attachments {
  /** Pictures, in the body or by their address. */
  readonly images: number;
  /** Bytes of the body that are data of pictures and no text. */
  readonly imageBytes: number;
  /** Whether it holds or names something that may have more tokens than the body has bytes: a file, a video, recorded sound by its address. */
  readonly isUnmeasured: boolean;
}

/** Text alone. */
export const NO_ATTACHMENTS: Attachments = { images: 0, imageBytes: 0, isUnmeasured: false };

/** First byte of `null`. */
const NULL_BYTE = 0x6e;
const IMAGE = /image|picture/i;
const OTHER_MEDIUM = /audio|video|file|document|media|pdf/i;
/** Names of properties of an attachment, and of what quotes one. */
const DESCRIPTION = /_type$|citation|^filename$|^media_resolution$/i;
/** Sound in the body: no format has more tokens than bytes of Base64. */
const SOUND = 'input_audio';
/** Types of parts whose own member has the type's name, so that it is counted already. */
const NAMED_TYPES: ReadonlySet<string> = new Set(['image_url', 'input_image', SOUND]);
const IMAGE_DATA = /^data:image/i;
const ADDRESS = /^(?!data:)[a-z][a-z0-9+.-]*:/i;

/**
 * Returns what a member of a request holds besides text, by the names and types of its parts in any dialect.
 * @param name of the member that is input, for example `messages`
 */
export function attachmentsIn(scan: JsonObjectScan, name: string): Attachments {
  const member = scan.members.get(name);
  if (member === undefined) return NO_ATTACHMENTS;
  const reader = new AttachmentReader();
  eachString(scan.bytes, { start: member.valueStart, end: member.end }, (one) => {
    reader.read(one);
  });
  return reader.result;
}

class AttachmentReader {
  private images = 0;
  private imageBytes = 0;
  private isUnmeasured = false;
  private name = '';

  get result(): Attachments {
    const { images, imageBytes, isUnmeasured } = this;
    return { images, imageBytes, isUnmeasured };
  }

  read(one: JsonString): void {
    if (one.valueByte === null) this.readValue(one);
    else {
      this.name = one.text ?? '';
      if (one.valueByte !== NULL_BYTE) this.count(this.name);
    }
  }

  private readValue({ text, head, length }: JsonString): void {
    const { name } = this;
    if (name === 'type' && text !== null) {
      if (!NAMED_TYPES.has(text)) this.count(text);
    } else if ((name === 'url' || IMAGE.test(name)) && IMAGE_DATA.test(head)) {
      this.imageBytes += length;
    } else if ((name === 'data' || name === SOUND) && ADDRESS.test(head)) {
      this.isUnmeasured = true;
    }
  }

  private count(name: string): void {
    if (name === SOUND || DESCRIPTION.test(name)) return;
    if (IMAGE.test(name)) this.images += 1;
    else if (OTHER_MEDIUM.test(name)) this.isUnmeasured = true;
  }
}
