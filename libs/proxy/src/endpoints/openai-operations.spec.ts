import { scanForm, scanJsonObject } from '#libs/common';
import { spellingsOf } from '#libs/access';
import { formText, A_FORM } from '#support/recording';
import type { Endpoint } from './request/endpoint.js';
import { ENDPOINTS } from './index.js';
import { imageEdits, imageVariations } from './openai/image-edits.endpoint.js';
import { imageGenerations } from './openai/image-generations.endpoint.js';
import { moderations } from './openai/moderations.endpoint.js';
import { rerank } from './openai/rerank.endpoint.js';
import { responses } from './openai/responses.endpoint.js';
import { speech } from './openai/speech.endpoint.js';
import { transcriptions, translations } from './openai/transcriptions.endpoint.js';

const scanOf = (body: object) =>
  scanJsonObject(Buffer.from(JSON.stringify({ model: 'm', ...body })));
const read = (endpoint: Endpoint, body: object) => endpoint.read(scanOf(body), null);
const bound = (endpoint: Endpoint, body: object) => endpoint.units?.bound(read(endpoint, body));
const extras = (body: object) => responses.extrasOf(scanOf(body));

describe('every endpoint', () => {
  it('has one row for each route', () => {
    const routes = ENDPOINTS.map(({ route, method = 'POST' }) => `${method} ${route}`);
    expect(new Set(routes).size).toBe(routes.length);
  });

  it('has the spellings of its operation', () => {
    expect(spellingsOf('/images/generations')).toEqual([
      '/images/generations',
      '/v1/images/generations',
      '/openai/deployments/{model}/images/generations',
    ]);
    expect(spellingsOf('/responses/compact')).toEqual([
      '/responses/compact',
      '/v1/responses/compact',
      '/openai/v1/responses/compact',
    ]);
    expect(spellingsOf('/v2/rerank')).toEqual(['/v2/rerank']);
  });
});

describe('a response', () => {
  it.each([
    ['its text', { input: 'x' }, false],
    [
      'a picture',
      { input: [{ content: [{ type: 'input_image', image_url: 'https://a' }] }] },
      false,
    ],
    ['a file', { input: [{ content: [{ type: 'input_file', file_id: 'f' }] }] }, true],
    ['no earlier response', { previous_response_id: null, input: 'x' }, false],
    ['a stored prompt', { prompt: { id: 'p' } }, true],
    ['a tool of the upstream', { tools: [{ type: 'file_search' }] }, true],
    ['a function', { tools: [{ type: 'function', parameters: { type: 'object' } }] }, false],
  ])('of %s may have input that no byte measures: %j', (_what, body, isUnmeasured) => {
    expect(extras(body).isUnmeasured).toBe(isUnmeasured);
  });

  it.each([
    ['none', [], undefined, {}],
    ['a limit', [{ type: 'web_search', search_context_size: 'low' }], 3, { searchLow: 3 }],
    ['no limit', [{ type: 'web_search_preview' }], undefined, { searchMedium: 50 }],
  ])('bounds its searches by %s', (_what, tools, most, expected) => {
    expect(bound(responses, { input: 'x', tools, max_tool_calls: most })).toEqual(expected);
  });

  it('is estimated from its input and its tools', () => {
    const body = {
      input: 'x'.repeat(40),
      instructions: 'y'.repeat(20),
      metadata: { a: 'z'.repeat(99) },
    };
    expect(responses.estimateInput(scanOf(body))).toBe(15);
    expect(read(responses, { ...body, max_output_tokens: 7, stream: true })).toMatchObject({
      isStream: true,
      wantsUsage: true,
      maxOutputTokens: 7,
      dropped: [],
    });
  });
});

describe('other operations', () => {
  it('bound the tokens of pictures by size, quality and number', () => {
    const tokens = (body: object) =>
      read(imageGenerations, { prompt: 'x', ...body }).wholeOutputTokens ?? 0;
    // The published tokens of the standard sizes: 272, 1,568 and 6,240.
    expect(tokens({ size: '1024x1024', quality: 'low' })).toBeGreaterThan(272);
    expect(tokens({ size: '1536x1024', quality: 'medium' })).toBeGreaterThan(1_568);
    expect(tokens({})).toBeGreaterThan(6_240);
    expect(tokens({ n: 3, partial_images: 2 })).toBe(3 * (tokens({}) + 200));
    expect(read(imageGenerations, { prompt: 'x', quality: 'max' }).wholeOutputTokens).toBeNull();
  });

  it.each([
    ['few', ['a', 'b'], { query: 1 }],
    ['a hundred', Array.from({ length: 100 }, () => ''), { query: 2 }],
    ['long', ['x'.repeat(250_000)], { query: 11 }],
  ])('bound the queries of %s documents', (_what, documents, expected) => {
    expect(bound(rerank, { query: 'q', documents })).toEqual(expected);
  });

  it('count the documents of a large rerank by their strings', () => {
    const documents = Array.from({ length: 1_000 }, () => 'x'.repeat(300));
    expect(rerank.units?.count(read(rerank, { query: 'q', documents }), null)).toEqual({
      query: 10,
    });
  });

  it('count the characters of speech', () => {
    expect(bound(speech, { input: 'añ👋' })).toEqual({ inputCharacter: 3 });
    expect(bound(speech, { input: '' })).toEqual({});
    expect(read(speech, { input: 'x', stream_format: 'sse' }).isStream).toBe(true);
    expect(speech.estimateUsage?.(read(speech, { input: 'x'.repeat(8) }))).toMatchObject({
      inputTokens: 2,
      outputTokens: 12,
      details: { outputAudio: 12 },
    });
  });

  it('estimate a moderation from its input', () => {
    expect(moderations.estimateInput(scanOf({ input: ['x'.repeat(8), 'y'.repeat(4)] }))).toBe(3);
    expect(read(moderations, { input: 'x' }).maxOutputTokens).toBe(0);
  });
});

describe('files of a form', () => {
  const formOf = (fields: Readonly<Record<string, string>>) =>
    scanForm(Buffer.from(formText({ model: 'm', ...fields })), A_FORM.headers['content-type']);

  it.each([transcriptions, translations])(
    '$route: sound is bounded by its seconds',
    async (one) => {
      const form = await formOf({ file: '7'.repeat(8_001) });
      const bounds = (inputSeconds: number | null) =>
        one.units?.bound(one.read(form, null, { inputSeconds }));
      expect(bounds(3)).toEqual({ inputSecond: 3, outputSecond: 3 });
      // Of unknown length: the least that a codec writes in a second.
      expect(bounds(null)).toEqual({ inputSecond: 9, outputSecond: 9 });
      // Its tokens are at most those of the context.
      expect(one.extrasOf(form)).toMatchObject({ isUnmeasured: true, imageBytes: 8_001 });
    },
  );

  it('are pictures where pictures are edited and varied', async () => {
    const form = await formOf({ image: 'cat', mask: 'dogs', prompt: 'a hat', n: '2' });
    expect(imageEdits.extrasOf(form)).toMatchObject({ images: 2, imageBytes: 7 });
    const request = imageEdits.read(form, null);
    const ofOne = imageGenerations.read(scanOf({ prompt: 'x' }), null).wholeOutputTokens ?? NaN;
    expect(request).toMatchObject({ choices: 2, wholeOutputTokens: 2 * ofOne });
    expect(imageEdits.units?.bound(request)).toMatchObject({ inputPicture: 2, outputPicture: 2 });
    const one = await formOf({ image: 'cat' });
    expect(imageVariations.extrasOf(one)).toMatchObject({ images: 1, imageBytes: 3 });
    expect(imageVariations.units?.bound(imageVariations.read(one, null))).toMatchObject({
      inputPicture: 1,
      outputPicture: 1,
    });
  });
});
