import { ByteSequence } from './byte-sequence.js';

describe('a sequence of bytes', () => {
  const small = Buffer.from('small');
  const large = Buffer.alloc(65_537, 'x');

  it('is the very same buffer when there is one', () => {
    const bytes = new ByteSequence([large]);
    expect(bytes.joined()).toBe(large);
  });

  it('keeps every byte in its place', () => {
    const parts = [
      small,
      large,
      small,
      Buffer.alloc(40_000, 'y'),
      Buffer.alloc(40_000, 'z'),
      small,
    ];
    const bytes = new ByteSequence(parts);
    expect(bytes.joined().equals(Buffer.concat(parts))).toBe(true);
    expect(bytes.length).toBe(bytes.joined().length);
  });

  it('may be empty', () => {
    expect(new ByteSequence([]).joined()).toHaveLength(0);
  });
});
