import { scanJsonObject } from '#libs/common';
import { isTagName, requestTagsOf, tagsOfMetadata } from './request-tags.js';

function tagsOf(
  body: object,
  header?: string | readonly string[],
  own: readonly string[] = [],
): readonly string[] {
  const headers = header === undefined ? {} : { 'x-litellm-tags': header };
  return requestTagsOf({ own, headers, body: scanJsonObject(Buffer.from(JSON.stringify(body))) });
}

describe('the tags of a request', () => {
  it('takes the tags of header, body and metadata, each once', () => {
    const body = {
      tags: ['b', 'a'],
      metadata: { tags: ['c', 'b', ' '] },
      litellm_metadata: { tags: ['d'] },
    };
    expect(tagsOf(body, 'a, h ,')).toEqual(['a', 'h', 'b', 'c', 'd']);
    expect(tagsOf({}, ['a', 'b, a'])).toEqual(['a', 'b']);
    expect(tagsOf({ model: 'm' })).toEqual([]);
  });

  it.each([
    [{ tags: 'a' }, []],
    [{ tags: [1, null, {}, 'ok'] }, ['ok']],
    [{ metadata: null }, []],
    [{ metadata: 'text' }, []],
    [{ metadata: { tags: { a: 1 } } }, []],
    [{ tags: ['nul\0', '\uD800', 'ok'] }, ['ok']],
    [{ tags: ['x'.repeat(129), 'x'.repeat(128)] }, ['x'.repeat(128)]],
  ])('leaves out values of %j that are not tags', (body, tags) => {
    expect(tagsOf(body)).toEqual(tags);
  });

  it('takes at most 32 tags', () => {
    expect(tagsOf({ tags: Array.from({ length: 100 }, (_, index) => String(index)) })).toHaveLength(
      32,
    );
  });

  it('begin with those of the key and the team, which no client takes off', () => {
    const own = Array.from({ length: 40 }, (_, index) => `own-${String(index)}`);
    const many = Array.from({ length: 100 }, (_, index) => String(index));
    expect(tagsOf({ tags: ['a', 'own-1'] }, undefined, own)).toEqual([...own, 'a']);
    expect(tagsOf({ tags: many }, undefined, own)).toEqual([...own, ...many.slice(0, 32)]);
    expect(tagsOf({}, undefined, own)).toEqual(own);
    expect(requestTagsOf({ own, headers: {}, body: null })).toEqual(own);
  });

  it.each([
    [{ tags: ['a', ' b ', 'a', 1] }, ['a', 'b']],
    [{ tags: 'a' }, []],
    [null, []],
  ])('that metadata %j sets are %j', (metadata, tags) => {
    expect(tagsOfMetadata(metadata)).toEqual(tags);
  });

  it.each(['', ' a', 'a ', 'x'.repeat(129), 'a\0', '\uDC00', 5, null])(
    'have no name %j',
    (name) => {
      expect(isTagName(name)).toBe(false);
    },
  );
});
