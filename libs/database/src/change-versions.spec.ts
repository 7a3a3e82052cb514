import fc from 'fast-check';
import { parseNotice } from './change-versions.js';

describe('parseNotice', () => {
  const notice = { origin: 'o', topic: 'team', id: 'a', version: '9007199254740993' };

  it('reads a notice with its exact version', () => {
    expect(parseNotice(JSON.stringify(notice))).toEqual({ ...notice, version: 9007199254740993n });
    expect(parseNotice(JSON.stringify({ ...notice, id: null }))?.id).toBeNull();
  });

  it.each([
    ['another topic', { ...notice, topic: 'other' }],
    ['no origin', { ...notice, origin: undefined }],
    ['a number as id', { ...notice, id: 1 }],
    ['a version that is none', { ...notice, version: '-1' }],
    ['an array', [notice]],
    ['null', null],
  ])('ignores %s', (_name, value) => {
    expect(parseNotice(JSON.stringify(value))).toBeNull();
  });

  it('never throws, even on payloads that another program sends over the channel', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (payload) => {
        parseNotice(payload);
      }),
    );
  });
});
