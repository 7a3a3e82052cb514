import { hash } from 'node:crypto';
import { RecentDigests } from './recent-digests.js';

const DIGESTS = Array.from({ length: 20_000 }, (_, n) => hash('sha256', `token ${n}`, 'base64'));

describe('the digests that were presented a moment ago', () => {
  test('do not hold one that is new, and recognise it afterwards', () => {
    const recent = new RecentDigests();
    expect(DIGESTS.slice(0, 100).map((digest) => recent.isSecond(digest))).not.toContain(true);
    const again = DIGESTS.slice(0, 100).filter((digest) => recent.isSecond(digest));
    expect(again.length).toBeGreaterThan(95);
  });

  test('recognise most of as many as are remembered', () => {
    const recent = new RecentDigests();
    expect(DIGESTS.filter((digest) => recent.isSecond(digest)).length).toBeLessThan(5);
    const again = DIGESTS.filter((digest) => recent.isSecond(digest));
    expect(again.length).toBeGreaterThan(14_000);
  });
});
