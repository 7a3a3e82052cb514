/** Of 20,000 credentials in turn, three of four are recognised at their second use. */
const SLOTS = 65_536;
/** Characters of a digest that choose a slot, and as many behind them that recognise it. */
const CHARS = 8;

/**
 * Tells which credentials were presented a moment ago, so that what comes once need not be remembered. Fixed in size: a
 * slot keeps a part of the last digest that fell into it, so a digest may be forgotten, or rarely be taken for another.
 */
export class RecentDigests {
  private readonly seen = new Uint32Array(SLOTS);

  /**
   * Tells whether a digest was here before, and notes it.
   * @param digest Base64 of a SHA-256
   */
  isSecond(digest: string): boolean {
    const slot = numberOf(digest, 0) % SLOTS;
    const print = numberOf(digest, CHARS);
    if (this.seen[slot] === print) return true;
    this.seen[slot] = print;
    return false;
  }
}

function numberOf(text: string, start: number): number {
  let number = 0;
  for (let at = start; at < start + CHARS; at += 1) {
    number = (Math.imul(number, 31) + text.charCodeAt(at)) >>> 0;
  }
  return number;
}
