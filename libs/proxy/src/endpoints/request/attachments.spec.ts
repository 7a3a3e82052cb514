import { scanJsonObject } from '#libs/common';
import { attachmentsIn } from './attachments.js';
import { requestedSearches, searchesAt, uncountedSearch } from './requested-searches.js';

const scan = (body: object | string) =>
  scanJsonObject(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
const inMessages = (...content: readonly unknown[]) =>
  attachmentsIn(scan({ messages: [{ role: 'user', content }] }), 'messages');
const none = { images: 0, imageBytes: 0, isUnmeasured: false };
const data = `data:image/png;base64,${'A'.repeat(1_000)}`;

describe('what a request holds besides text', () => {
  it.each([
    ['text', { type: 'text', text: 'the words "image_url" and "file"' }, none],
    ['a picture by its address', image('https://a.example/b.png'), { ...none, images: 1 }],
    ['a picture in the body', image(data), { ...none, images: 1, imageBytes: data.length }],
    ['a picture without a type', { image_url: 'https://a.example' }, { ...none, images: 1 }],
    ['a picture of Anthropic', anthropic('image'), { ...none, images: 1 }],
    ['a document of Anthropic', anthropic('document'), { ...none, isUnmeasured: true }],
    ['a file by its id', file({ file_id: 'file-1' }), { ...none, isUnmeasured: true }],
    [
      'a file in the body',
      file({ file_data: 'data:application/pdf' }),
      { ...none, isUnmeasured: true },
    ],
    ['a video', { type: 'video_url', video_url: { url: 'x' } }, { ...none, isUnmeasured: true }],
    ['recorded sound in the body', sound('UklGRg=='), none],
    [
      'recorded sound by its address',
      sound('https://a.example/b.mp3'),
      { ...none, isUnmeasured: true },
    ],
  ])('is seen: %s', (_what, part, expected) => {
    expect(inMessages(part)).toEqual(expected);
  });

  it('is seen where names are written with escapes, and in a body that is too large to be parsed', () => {
    const part = String.raw`{"type":"image\u005furl","\u0069mage_url":{"url":"https://a.example"}}`;
    const filler = ' '.repeat(20_000);
    for (const space of ['', filler]) {
      const body = `{"messages":[{"role":"user","content":[${part}]}]${space}}`;
      expect(attachmentsIn(scan(body), 'messages').images).toBe(1);
    }
  });

  it('is nothing in a message of an assistant that is sent back, and its sound by an id', () => {
    const message = {
      role: 'assistant',
      content: 'a',
      audio: null,
      annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example' } }],
      tool_calls: [{ type: 'function', function: { name: 'read_file', arguments: '{"file":1}' } }],
    };
    const of = (body: object) => attachmentsIn(scan({ messages: [body] }), 'messages');
    expect(of(message)).toEqual(none);
    expect(of({ ...message, audio: { id: 'audio_1' } }).isUnmeasured).toBe(true);
  });
});

describe('searches of a request', () => {
  it.each([
    ['none', {}, 0],
    ['none of a function that searches', { tools: [searchFunction()] }, 0],
    ['no limit', { web_search_options: {} }, Infinity],
    ['none where it is off', { web_search_options: null, enable_search: false }, 0],
    [
      'what a tool allows',
      { tools: [searchFunction(), { type: 'web_search_20250305', max_uses: 3 }] },
      3,
    ],
    ['no limit of a tool', { tools: [{ type: 'web_search' }] }, Infinity],
    ['no limit of a tool of Google', { tools: [{ google_search: {} }] }, Infinity],
    ['sources of xAI', { search_parameters: { mode: 'auto' } }, 20],
    ['as many sources as it says', { search_parameters: { max_search_results: 7 } }, 7],
    ['none where live search is off', { search_parameters: { mode: 'off' } }, 0],
  ])('are %s', (_what, body, expected) => {
    expect(requestedSearches(scan(body))).toBe(expected);
  });

  it.each([
    ['openai', 'gpt-4o', 0, 0],
    ['openai', 'gpt-4o-search-preview', 0, 1],
    ['openai', 'gpt-4o', Infinity, 1],
    ['perplexity', 'sonar-deep-research', 0, 50],
    ['xai', 'grok-4', 20, 20],
    ['anthropic', 'claude', Infinity, 50],
  ])('at %s/%s of %d asked for are %d', (provider, upstreamModel, requested, expected) => {
    expect(searchesAt({ provider, upstreamModel }, requested)).toBe(expected);
  });

  it.each([
    ['one of a medium context', 'openai', 'gpt-4o-search-preview', {}, { searchMedium: 1 }],
    ['one of a medium context', 'openai', 'gpt-5-search-api', options({}), { searchMedium: 1 }],
    [
      'one of a low context',
      'azure',
      'gpt-4o-mini-search-preview',
      options({ search_context_size: 'low' }),
      { searchLow: 1 },
    ],
    [
      'one of a high context',
      'openai',
      'named-otherwise',
      options({ search_context_size: 'high' }),
      { searchHigh: 1 },
    ],
    ['none', 'openai', 'gpt-4o', {}, null],
    ['none', 'openai', 'gpt-4o', { web_search_options: null }, null],
    ['none', 'perplexity', 'sonar', options({ search_context_size: 'low' }), null],
  ])(
    'that no usage counts are %s at %s/%s for %o',
    (...[_what, provider, upstreamModel, body, expected]) => {
      expect(uncountedSearch({ provider, upstreamModel }, scan(body))).toEqual(expected);
    },
  );
});

function options(web_search_options: object): object {
  return { web_search_options };
}

function image(url: string): object {
  return { type: 'image_url', image_url: { url, detail: 'high' } };
}

function anthropic(type: string): object {
  return { type, source: { type: 'base64', media_type: 'a/b', data: 'iVBO' } };
}

function file(one: object): object {
  return { type: 'file', file: one };
}

function sound(address: string): object {
  return { type: 'input_audio', input_audio: { data: address, format: 'wav' } };
}

function searchFunction(): object {
  const parameters = { type: 'object', properties: { web_search: { type: 'string' } } };
  return { type: 'function', function: { name: 'search', parameters } };
}
