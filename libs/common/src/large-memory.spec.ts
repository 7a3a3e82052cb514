import { giveBack } from './large-memory.js';

describe('giveBack', () => {
  const large = (): Buffer => Buffer.from(new ArrayBuffer(65_537));

  it('gives large memory back', () => {
    const bytes = large();
    giveBack(bytes);
    expect(bytes).toHaveLength(0);
    const chunk = Buffer.from(new ArrayBuffer(8));
    giveBack(chunk, 65_537);
    expect(chunk).toHaveLength(0);
  });

  it('leaves small memory, and that which others may use', () => {
    const small = Buffer.from(new ArrayBuffer(65_536));
    const part = large().subarray(1);
    giveBack(small);
    giveBack(part);
    expect([small.length, part.length]).toEqual([65_536, 65_536]);
  });
});
