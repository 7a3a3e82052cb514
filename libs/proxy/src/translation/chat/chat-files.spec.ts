import { GatehouseError } from '#libs/common';
import { decodeChat } from './chat-request.js';

const DATA = { type: 'data', data: 'AAEC' };

function partOf(part: unknown): unknown {
  const messages = [{ role: 'user', content: [part] }];
  const { prompt } = decodeChat(
    { messages },
    { providerName: 'google', dropsParams: false },
  ).options;
  return prompt[0]?.content[0];
}

function refusalOf(part: unknown): unknown {
  try {
    return partOf(part);
  } catch (error) {
    if (error instanceof GatehouseError) return [error.code, error.param];
    throw error;
  }
}

function linked(url: string, mediaType: string): unknown {
  return { type: 'file', mediaType, data: { type: 'url', url: new URL(url) } };
}

describe('files in a message', () => {
  it.each<[string, unknown, unknown]>([
    [
      'a picture in the request has the media type of its URL',
      { type: 'image_url', image_url: { url: 'data:image/PNG;base64,AAEC', detail: 'high' } },
      { type: 'file', mediaType: 'image/png', data: DATA },
    ],
    [
      'a media type that clients misname gets its own name',
      { type: 'image_url', image_url: { url: 'data:image/jpg;base64,AAEC' } },
      { type: 'file', mediaType: 'image/jpeg', data: DATA },
    ],
    [
      'a picture without a media type is a picture',
      { type: 'image_url', image_url: { url: 'data:;base64,AAEC' } },
      { type: 'file', mediaType: 'image', data: DATA },
    ],
    [
      'parameters of a data: URL are passed over',
      { type: 'file', file: { file_data: 'data:text/plain;charset=utf-8;base64,AAEC' } },
      { type: 'file', mediaType: 'text/plain', data: DATA },
    ],
    [
      'a picture elsewhere is named to the provider, with the type that its name tells',
      { type: 'image_url', image_url: { url: 'https://a.example/b/c.JPG?size=1' } },
      linked('https://a.example/b/c.JPG?size=1', 'image/jpeg'),
    ],
    [
      'a picture elsewhere may be the member itself',
      { type: 'image_url', image_url: 'https://a.example/b' },
      linked('https://a.example/b', 'image'),
    ],
    [
      'LiteLLM’s format is the type of a picture whose name tells none',
      { type: 'image_url', image_url: { url: 'https://a.example/b', format: 'image/webp' } },
      linked('https://a.example/b', 'image/webp'),
    ],
    [
      'an address keeps its spelling beside its parsed form',
      { type: 'video_url', video_url: { url: 'gs://Bucket/A b.mp4' } },
      {
        type: 'file',
        mediaType: 'video/mp4',
        data: {
          type: 'url',
          url: new URL('gs://Bucket/A b.mp4'),
          originalUrl: 'gs://Bucket/A b.mp4',
        },
      },
    ],
    [
      'recorded sound has the type of its format',
      { type: 'input_audio', input_audio: { data: 'AAEC', format: 'mp3' } },
      { type: 'file', mediaType: 'audio/mpeg', data: DATA },
    ],
    [
      'a file keeps its name',
      { type: 'file', file: { file_data: 'data:application/pdf;base64,AAEC', filename: 'a.pdf' } },
      { type: 'file', mediaType: 'application/pdf', data: DATA, filename: 'a.pdf' },
    ],
    [
      'a file of Base64 alone has the type of its name',
      { type: 'file', file: { file_data: 'AAEC', filename: 'a.txt' } },
      { type: 'file', mediaType: 'text/plain', data: DATA, filename: 'a.txt' },
    ],
    [
      'the id of a file may be its address, as LiteLLM takes it',
      { type: 'file', file: { file_id: 'https://a.example/a.pdf' } },
      linked('https://a.example/a.pdf', 'application/pdf'),
    ],
  ])('%s', (_, part, expected) => {
    expect(partOf(part)).toEqual(expected);
  });

  it('a tool result may hold a picture', () => {
    const call = { id: 'a', function: { name: 'look', arguments: '{}' } };
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAEC' } };
    const messages = [
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: [picture] },
    ];
    const { prompt } = decodeChat(
      { messages },
      { providerName: 'google', dropsParams: false },
    ).options;
    expect(prompt[1]?.content[0]).toMatchObject({
      output: { type: 'content', value: [{ type: 'file', mediaType: 'image/png', data: DATA }] },
    });
  });

  it('a detail other than auto is named as left out', () => {
    const part = (detail: string): unknown => ({
      type: 'image_url',
      image_url: { url: 'https://a.example/b', detail },
    });
    const messages = [{ role: 'user', content: [part('auto')] }];
    const target = { providerName: 'google', dropsParams: false };
    expect(decodeChat({ messages }, target).dropped).toEqual([]);
    messages.push({ role: 'user', content: [part('low')] });
    expect(decodeChat({ messages }, target).dropped).toEqual([
      'messages[].content[].image_url.detail',
    ]);
  });

  it('a file of twenty million characters is read', () => {
    const data = 'A'.repeat(20_000_000);
    expect(partOf({ type: 'file', file: { file_data: data } })).toMatchObject({ data: { data } });
  });

  it.each<[string, string, unknown]>([
    ['a picture without a URL', 'image_url.url', { type: 'image_url', image_url: {} }],
    ['a picture that is missing', 'image_url', { type: 'image_url' }],
    [
      'a file of the gateway’s machine',
      'image_url.url',
      {
        type: 'image_url',
        image_url: { url: 'file:///etc/passwd' },
      },
    ],
    [
      'a picture at no address',
      'image_url.url',
      { type: 'image_url', image_url: { url: '/a.png' } },
    ],
    [
      'a data: URL without Base64',
      'image_url.url',
      {
        type: 'image_url',
        image_url: { url: 'data:image/png,abc' },
      },
    ],
    [
      'a data: URL with damaged Base64',
      'image_url.url',
      {
        type: 'image_url',
        image_url: { url: 'data:image/png;base64,A*' },
      },
    ],
    [
      'a picture of nothing',
      'image_url.url',
      {
        type: 'image_url',
        image_url: { url: 'data:image/png;base64,' },
      },
    ],
    [
      'a format that is not a media type',
      'image_url.format',
      {
        type: 'image_url',
        image_url: { url: 'https://a.example', format: 'png' },
      },
    ],
    [
      'sound without a format',
      'input_audio.format',
      {
        type: 'input_audio',
        input_audio: { data: 'AAEC' },
      },
    ],
    [
      'sound at an address',
      'input_audio.data',
      {
        type: 'input_audio',
        input_audio: { data: 'https://a.example/a.wav', format: 'wav' },
      },
    ],
    ['an uploaded file', 'file.file_id', { type: 'file', file: { file_id: 'file-abc' } }],
    ['a file without data', 'file.file_data', { type: 'file', file: { filename: 'a.pdf' } }],
  ])('%s is refused with its path', (_, param, part) => {
    expect(refusalOf(part)).toEqual(['request_invalid', `messages[0].content[0].${param}`]);
  });
});
