import type { LanguageModelV4FilePart, SharedV4FileData } from '@ai-sdk/provider';
import { given, type BodyMember } from '../body-member.js';

/** Files that the provider fetches; the gateway fetches none. */
const ADDRESS = /^(?:https?|gs):\/\//i;
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;
const DATA = 'data:';
/** Start of a `data:` URL up to its comma; longer ones are wrong. */
const DATA_HEAD = /^data:([^;,]*)(?:;[^;,]*)*;base64$/i;
const MAX_HEAD = 256;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
const FORMAT = /^[\w.+-]+$/;

/** Media types of files by the end of their names. */
const BY_EXTENSION: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain',
  wav: 'audio/wav',
  webp: 'image/webp',
};

/** Names that clients use for media types of another name. */
const PROPER_TYPES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'audio/mp3': 'audio/mpeg',
};

type FileContent = Pick<LanguageModelV4FilePart, 'data' | 'mediaType'>;

/** `{"image_url": {"url"}}`, `{"video_url": {"url"}}`, or the URL itself, as LiteLLM takes it. */
export function linkedFile(member: BodyMember, medium: string): FileContent {
  const isUrl = typeof member.value === 'string';
  if (!isUrl) member.object();
  const url = isUrl ? member : member.at('url');
  const read = url.text().startsWith(DATA) ? dataUrl : addressedFile;
  return read(url, { medium, mediaType: formatOf(member) });
}

/** `{"input_audio": {"data", "format"}}`. */
export function recordedSound(sound: BodyMember): FileContent {
  const format = sound.at('format');
  if (!FORMAT.test(format.text())) throw format.fault('must be wav or mp3');
  return {
    data: inlineData(sound.at('data'), sound.at('data').text()),
    mediaType: proper(`audio/${format.text()}`),
  };
}

/** `{"file": {"file_data", "filename"}}`; LiteLLM also takes the address of a file as `file_id`. */
export function attachedFile(file: BodyMember): FileContent & { readonly filename?: string } {
  file.object();
  const id = file.at('file_id');
  const filename = file.at('filename').optional((member) => member.text());
  const mediaType = formatOf(file) ?? typeByName(filename ?? '');
  if (id.isGiven && !ADDRESS.test(id.text()))
    throw id.fault('names an uploaded file, which this model cannot read; send "file_data"');
  const content = id.isGiven
    ? addressedFile(id, { medium: 'application', mediaType })
    : fileData(file.at('file_data'), { medium: 'application', mediaType });
  return { ...content, ...given({ filename }) };
}

interface KnownOfFile {
  /** First part of the media type, where nothing tells more. */
  readonly medium: string;
  readonly mediaType?: string | undefined;
}

/** A `data:` URL, or Base64 alone. */
function fileData(member: BodyMember, known: KnownOfFile): FileContent {
  const text = member.text();
  if (text.startsWith(DATA)) return dataUrl(member, known);
  return { data: inlineData(member, text), mediaType: known.mediaType ?? known.medium };
}

function dataUrl(member: BodyMember, { medium, mediaType }: KnownOfFile): FileContent {
  const text = member.text();
  const comma = text.slice(0, MAX_HEAD).indexOf(',');
  const head = DATA_HEAD.exec(text.slice(0, Math.max(comma, 0)));
  if (head === null) throw member.fault('must be a data: URL with Base64');
  const stated = proper(head[1] ?? '');
  return {
    data: inlineData(member, text.slice(comma + 1)),
    mediaType: MEDIA_TYPE.test(stated) ? stated : (mediaType ?? medium),
  };
}

function addressedFile(member: BodyMember, { medium, mediaType }: KnownOfFile): FileContent {
  const text = member.text();
  const url = ADDRESS.test(text) ? URL.parse(text) : null;
  if (url === null) throw member.fault('must be an https: or data: URL');
  return {
    data: { type: 'url', url, ...(url.href === text ? {} : { originalUrl: text }) },
    mediaType: mediaType ?? typeByName(url.pathname) ?? medium,
  };
}

function inlineData(member: BodyMember, data: string): SharedV4FileData {
  if (data === '' || NOT_BASE64.test(data)) throw member.fault('must hold Base64');
  return { type: 'data', data };
}

/** LiteLLM's `format`, a media type for what does not state its own. */
function formatOf(owner: BodyMember): string | undefined {
  return owner.at('format').optional((format) => {
    if (!MEDIA_TYPE.test(format.text()))
      throw format.fault('must be a media type, for example application/pdf');
    return proper(format.text());
  });
}

function proper(mediaType: string): string {
  const lower = mediaType.trim().toLowerCase();
  return PROPER_TYPES[lower] ?? lower;
}

function typeByName(name: string): string | undefined {
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(BY_EXTENSION, extension) ? BY_EXTENSION[extension] : undefined;
}
