import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider';
import type { BodyMember } from '../body-member.js';
import type { Decoding } from '../decoding.js';
import { attachedFile, linkedFile, recordedSound } from './chat-files.js';

/** A part of what a user or a tool says. */
export type ContentPart = LanguageModelV4TextPart | LanguageModelV4FilePart;

type ReadPart = (part: BodyMember) => ContentPart;

const READERS = {
  text: (part) => ({ type: 'text', text: part.at('text').text() }),
  image_url: (part) => ({ type: 'file', ...linkedFile(part.at('image_url'), 'image') }),
  video_url: (part) => ({ type: 'file', ...linkedFile(part.at('video_url'), 'video') }),
  input_audio: (part) => ({ type: 'file', ...recordedSound(part.at('input_audio')) }),
  file: (part) => ({ type: 'file', ...attachedFile(part.at('file')) }),
} as const satisfies Record<string, ReadPart>;

const KINDS = Object.keys(READERS) as (keyof typeof READERS)[];

/** Returns the parts of a content, which is a string or an array of parts; empty texts are left out where others are. */
export function contentParts(content: BodyMember, decoding: Decoding): ContentPart[] {
  if (typeof content.value === 'string') return [{ type: 'text', text: content.value }];
  const parts = itemsOf(content).map((part) => {
    const read: ReadPart = READERS[part.at('type').oneOf(KINDS)];
    leaveOutDetail(part.at('image_url').at('detail'), decoding);
    return { ...read(part), ...decoding.cacheIn(part) };
  });
  const filled = parts.filter((part) => part.type !== 'text' || part.text !== '');
  return filled.length === 0 ? parts : filled;
}

/** Returns the parts of a content that can be text alone. */
export function textParts(content: BodyMember, decoding: Decoding): LanguageModelV4TextPart[] {
  if (typeof content.value === 'string') return [{ type: 'text', text: content.value }];
  return itemsOf(content).map((part) => {
    part.at('type').oneOf(['text']);
    return { type: 'text', text: part.at('text').text(), ...decoding.cacheIn(part) };
  });
}

/** Returns the parts of a content that is not a string. */
export function itemsOf(content: BodyMember): BodyMember[] {
  if (!Array.isArray(content.value)) throw content.fault('must be a string or an array of parts');
  return content.items();
}

/** How closely the model shall look at a picture; every model decides so itself with `auto`. */
function leaveOutDetail(detail: BodyMember, decoding: Decoding): void {
  if (detail.isGiven && detail.oneOf(['auto', 'low', 'high', 'original']) !== 'auto')
    decoding.leaveOut(detail);
}
