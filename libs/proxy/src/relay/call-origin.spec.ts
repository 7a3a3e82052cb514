import fc from 'fast-check';
import { scanJsonObject } from '#libs/common';
import { callOriginOf } from './call-origin.js';

function clientOf(userAgent: string): string | null {
  return callOriginOf({ 'user-agent': userAgent }, undefined).client;
}

function tagsOf(body: object, header?: string): readonly string[] {
  const headers = header === undefined ? {} : { 'x-litellm-tags': header };
  return callOriginOf(headers, scanJsonObject(Buffer.from(JSON.stringify(body)))).tags;
}

describe('callOriginOf', () => {
  it.each([
    ['claude-cli/1.0.83 (external, cli)', 'claude-cli'],
    ['OpenAI/Python 1.99.1', 'openai-python'],
    ['AsyncOpenAI/Python 1.99.1', 'openai-python'],
    ['AsyncAnthropic/Python 0.60.0', 'anthropic-python'],
    ['OpenAI/JS 5.1.0', 'openai-js'],
    ['python-requests/2.32.3', 'python-requests'],
    ['curl/v8.9.1', 'curl'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'mozilla'],
    ['node', 'node'],
    ['', null],
    ['(comment alone)', null],
    ['!!!/1', null],
  ])('names the client of %j %j, without its version', (userAgent, name) => {
    expect(clientOf(userAgent)).toBe(name);
  });

  it('knows no client without a header', () => {
    expect(callOriginOf({}, undefined)).toEqual({ client: null, tags: [] });
  });

  it('names clients by at most 64 harmless characters, also of random headers', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (userAgent) => {
        expect(clientOf(userAgent) ?? 'none').toMatch(/^[a-z0-9._-]{1,64}$/);
      }),
    );
  });

  it('takes the tags of header, body and metadata, each once', () => {
    const body = { tags: ['b', 'a'], metadata: { tags: ['c', 'b', ' '] } };
    expect(tagsOf(body, 'a, h ,')).toEqual(['a', 'h', 'b', 'c']);
    expect(tagsOf({ model: 'm' })).toEqual([]);
  });

  it.each([
    [{ tags: 'a' }, []],
    [{ tags: [1, null, {}, 'ok'] }, ['ok']],
    [{ metadata: null }, []],
    [{ metadata: 'text' }, []],
    [{ metadata: { tags: { a: 1 } } }, []],
    [{ tags: ['x'.repeat(129), 'x'.repeat(128)] }, ['x'.repeat(128)]],
  ])('leaves out values of %j that are not tags', (body, tags) => {
    expect(tagsOf(body)).toEqual(tags);
  });

  it('takes at most 32 tags', () => {
    expect(tagsOf({ tags: Array.from({ length: 100 }, (_, index) => String(index)) })).toHaveLength(
      32,
    );
  });
});
