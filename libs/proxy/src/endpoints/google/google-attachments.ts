import type { JsonObjectScan } from '#libs/common';
import {
  eachFramedString,
  type FramedString,
  type JsonFrame,
} from '../../streaming/json-frames.js';
import { eachString } from '../../streaming/json-strings.js';
import { attachmentsIn, type Attachments } from '../request/attachments.js';
import { memberName } from './google-names.js';

/** The members in which a request has its media: `contents[].parts[].inlineData`. */
const PLACE = ['', '', 'parts', ''];
const INLINE = /^(?:inlineData|inline_data)$/;
const MIME = /^(?:mimeType|mime_type)$/;
const IMAGE = 'image/';
/** Sound and text in the body have at most as many tokens as bytes. */
const MEASURED = /^(?:image|audio|text)\//;
/** Tools that Google runs itself. What they find becomes input that no byte of the request measures. */
const HOSTED_TOOL =
  /^(?:google_?search|google_?search_?retrieval|google_?maps|enterprise_?web_?search|url_?context|code_?execution|file_?search|computer_?use|retrieval|mcp_?servers|exa_?ai_?search|parallel_?ai_?search)$/i;

/**
 * Returns what a request in Google's form holds besides text. Data of pictures counts where it stands in a part of the contents, and
 * not in arguments of functions, in which a client may write anything.
 */
export function googleAttachments(scan: JsonObjectScan): Attachments {
  const named = attachmentsIn(scan, 'contents');
  const inline = inlineMediaOf(scan);
  return {
    images: named.images + inline.images,
    imageBytes: inline.imageBytes,
    isUnmeasured: named.isUnmeasured || inline.isUnmeasured || hasHostedTools(scan),
  };
}

/** Whether a request offers tools that Google runs itself. */
function hasHostedTools(scan: JsonObjectScan): boolean {
  const member = scan.members.get('tools');
  if (member === undefined) return false;
  let isFound = false;
  eachString(scan.bytes, { start: member.valueStart, end: member.end }, ({ text, valueByte }) => {
    isFound ||= valueByte !== null && text !== null && HOSTED_TOOL.test(text);
  });
  return isFound;
}

function inlineMediaOf(scan: JsonObjectScan): Attachments {
  const reader = new InlineMedia();
  for (const name of ['contents', memberName(scan, 'systemInstruction')]) {
    const member = scan.members.get(name);
    if (member === undefined) continue;
    eachFramedString(scan.bytes, { start: member.valueStart, end: member.end }, (value) => {
      reader.read(value, name === 'contents');
    });
  }
  return reader;
}

class InlineMedia implements Attachments {
  images = 0;
  imageBytes = 0;
  isUnmeasured = false;
  /** Of the object of {@link frame}, whose type has not come yet. */
  private bytes = 0;
  private frame: JsonFrame | null = null;

  read({ name, one, frames }: FramedString, isContents: boolean): void {
    const frame = frames.at(-1);
    if (frame === undefined || !INLINE.test(frame.name)) return;
    if (frame !== this.frame) {
      this.frame = frame;
      this.bytes = 0;
    }
    if (MIME.test(name)) this.countType(one.text ?? '');
    else if (name === 'data') this.bytes += one.length;
    if (isContents && isPicture(frame) && isPart(frames)) {
      this.imageBytes += this.bytes;
      this.bytes = 0;
    }
  }

  private countType(type: string): void {
    if (type.startsWith(IMAGE)) this.images += 1;
    else if (!MEASURED.test(type)) this.isUnmeasured = true;
  }
}

function isPicture({ texts }: JsonFrame): boolean {
  const type = texts.get('mimeType') ?? texts.get('mime_type') ?? '';
  return type.startsWith(IMAGE);
}

function isPart(frames: readonly JsonFrame[]): boolean {
  return (
    frames.length === PLACE.length + 1 && PLACE.every((name, index) => frames[index]?.name === name)
  );
}
