import fc from 'fast-check';
import { frameOf, scanFrames } from './record-frame.js';

const payloads = [
  '{"a":1}',
  '{"name":"Ä€😀"}',
  '{}',
  `{"long":"${'x'.repeat(300)}"}`,
  '{"z":0}',
].map((text) => Buffer.from(text));
const bytes = Buffer.concat(payloads.map((payload) => frameOf(payload.toString())));
const ends = payloads.reduce<number[]>(
  (all, payload) => [...all, (all.at(-1) ?? 0) + frameOf(payload.toString()).length],
  [],
);
const textsOf = (content: Buffer): string[] =>
  scanFrames(content).frames.map(({ payload }) => payload.toString());

describe('scanFrames', () => {
  it('finds every record where it was written', () => {
    const { frames, damages, tornAt } = scanFrames(bytes);
    expect(frames.map(({ payload }) => payload.toString())).toEqual(payloads.map(String));
    expect(frames.map(({ end }) => end)).toEqual(ends);
    expect(damages).toEqual([]);
    expect(tornAt).toBeNull();
  });

  it('keeps every whole record when the file ends at any byte, and reports no damage', () => {
    for (let length = 0; length <= bytes.length; length += 1) {
      const whole = ends.filter((end) => end <= length).length;
      const { frames, damages, tornAt } = scanFrames(bytes.subarray(0, length));
      expect(frames.map(({ payload }) => payload.toString())).toEqual(
        payloads.slice(0, whole).map(String),
      );
      expect(damages).toEqual([]);
      expect(tornAt).toBe(
        ends[whole - 1] === length || length === 0 ? null : (ends[whole - 1] ?? 0),
      );
    }
  });

  it('loses only the record in which a byte is damaged, for every position and value of the byte', () => {
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        (position, difference) => {
          const damaged = Buffer.from(bytes);
          damaged[position] = (damaged[position] ?? 0) ^ difference;
          const hit = ends.findIndex((end) => position < end);
          const others = payloads.filter((_, index) => index !== hit).map(String);
          const found = textsOf(damaged);
          expect(found.filter((text) => others.includes(text))).toEqual(others);
          expect(found.every((text) => payloads.map(String).includes(text))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('tells where the damage is', () => {
    const damaged = Buffer.from(bytes);
    damaged[(ends[0] ?? 0) + 15] = 0;
    const { frames, damages } = scanFrames(damaged);
    expect(frames).toHaveLength(4);
    expect(damages).toEqual([{ start: ends[0], end: ends[1] }]);
  });

  it('takes zeroes behind the last record for a torn one, as a power loss leaves them', () => {
    const { frames, damages, tornAt } = scanFrames(Buffer.concat([bytes, Buffer.alloc(64)]));
    expect(frames).toHaveLength(5);
    expect(damages).toEqual([]);
    expect(tornAt).toBe(bytes.length);
  });
});
