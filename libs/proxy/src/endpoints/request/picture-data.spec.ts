import { scanJsonObject } from '#libs/common';
import { anthropicMessages } from '../anthropic/anthropic-messages.endpoint.js';
import { pictureDataIn } from './picture-data.js';

const DATA = 'iVBORw0KGgo'.repeat(1_000);
const source = (mediaType: string, type = 'base64') => ({
  ...{ type, media_type: mediaType, data: DATA },
});
const image = { type: 'image', source: source('image/png') };

function bytesIn(content: unknown, more: object = {}): number {
  const messages = [{ role: 'user', content }];
  return pictureDataIn(
    scanJsonObject(Buffer.from(JSON.stringify({ messages, ...more }))),
    'messages',
  );
}

describe('the data of pictures in a request of Anthropic', () => {
  it.each<[string, unknown, number]>([
    ['a picture', [image], 1],
    ['pictures beside text', [image, { type: 'text', text: 'a "data" b' }, image], 2],
    [
      'a picture that a tool has returned',
      [{ type: 'tool_result', tool_use_id: 't', content: [image, { type: 'text', text: 'x' }] }],
      1,
    ],
    ['a picture with a mark of the cache', [{ ...image, cache_control: { type: 'ephemeral' } }], 1],
    ['text', 'hello', 0],
    ['a document', [{ type: 'document', source: source('application/pdf') }], 0],
    ['a picture by its address', [{ type: 'image', source: source('image/png', 'url') }], 0],
    ['text that looks like one', [{ type: 'text', text: JSON.stringify(image) }], 0],
    ['data of a text block', [{ type: 'text', source: source('image/png') }], 0],
    ['arguments of a tool', [{ type: 'tool_use', input: image }], 0],
    [
      'arguments of a tool, nested',
      [{ type: 'tool_use', input: { a: [{ content: [image] }] } }],
      0,
    ],
    [
      'a source that is none',
      [
        { type: 'image', source: 5 },
        { type: 'image', x: source('image/png') },
      ],
      0,
    ],
    ['data before its type', [{ source: source('image/png'), type: 'image' }], 0],
  ])('is that of %s', (_what, content, pictures) => {
    expect(bytesIn(content)).toBe(pictures * DATA.length);
  });

  it('is none where a long part has no strings', () => {
    const numbers = Array.from({ length: 5_000 }, (_, index) => index);
    expect(bytesIn([{ type: 'text', numbers }, image])).toBe(0);
  });

  it('is held for as a picture and not as text', () => {
    const body = { messages: [{ role: 'user', content: [image] }] };
    const scan = scanJsonObject(Buffer.from(JSON.stringify(body)));
    expect(anthropicMessages.extrasOf(scan)).toMatchObject({
      images: 1,
      imageBytes: DATA.length,
      isUnmeasured: false,
    });
  });

  it('is none without the member', () => {
    expect(pictureDataIn(scanJsonObject(Buffer.from('{"a":1}')), 'messages')).toBe(0);
  });
});
