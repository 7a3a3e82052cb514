import fc from 'fast-check';
import { GOOGLE_CHUNKS, GOOGLE_USAGE } from '#support/google-contents';
import { ElementBoundaries } from './element-boundaries.js';
import { GoogleResponseFormat } from './google-response-format.js';
import { UsageTap } from './usage-tap.js';

describe('the elements of an array that arrives in pieces', () => {
  it('end where a parser of the whole finds their ends, wherever it is cut', () => {
    const element = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(element), fc.integer({ min: 1, max: 9 }), (elements, size) => {
        const texts = elements.map((one) => JSON.stringify(one));
        const whole = Buffer.from(`[${texts.join(',\r\n')}\n]`).toString('latin1');
        const boundaries = new ElementBoundaries();
        const ends: number[] = [];
        for (let at = 0; at < whole.length; at += size)
          ends.push(...boundaries.push(whole.slice(at, at + size)).map((end) => at + end));
        let at = 1;
        const expected = texts.map((text, index) => {
          at += (index === 0 ? 0 : 3) + Buffer.byteLength(text);
          return at;
        });
        expect(ends).toEqual(expected);
      }),
    );
  });

  it('are passed on byte for byte with their usage', () => {
    const whole = Buffer.from(`[${GOOGLE_CHUNKS.map((one) => JSON.stringify(one)).join(',')}]`);
    for (let at = 0; at <= whole.length; at += 1) {
      const tap = new UsageTap(
        new GoogleResponseFormat(),
        false,
        undefined,
        new ElementBoundaries(),
      );
      const sent = [...tap.push(whole.subarray(0, at)), ...tap.push(whole.subarray(at))];
      expect(Buffer.concat([...sent, ...tap.finish()]).equals(whole)).toBe(true);
      expect(tap.reading).toMatchObject({ usage: GOOGLE_USAGE, isFinal: true, isEmpty: false });
    }
  });
});
