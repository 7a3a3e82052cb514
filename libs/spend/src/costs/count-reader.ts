/** A larger count is a defect of the upstream: no model reads or writes that many tokens in one call. */
export const MAX_TOKENS_PER_CALL = 100_000_000;

/** Reads counts and remembers whether each was one. */
export class CountReader {
  isClean = true;

  /** `null` when there is none, or none that can be used. */
  count(value: unknown): number | null {
    if (value === undefined || value === null) return null;
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    const isCount = typeof number === 'number' && number >= 0 && number <= MAX_TOKENS_PER_CALL;
    this.isClean &&= isCount && Number.isInteger(value);
    return isCount ? Math.ceil(number) : null;
  }

  /** The first of two members that is there. */
  either(first: unknown, second: unknown): number | null {
    return this.count(first ?? second);
  }

  /** A count without a part of it, which must not be larger. */
  less(value: unknown, part: number): number {
    const count = this.count(value) ?? 0;
    this.isClean &&= part <= count;
    return Math.max(0, count - part);
  }

  /** A count of other things than tokens, begun ones included: a duration may have a fraction. 0 where there is none. */
  units(value: unknown): number {
    if (value === undefined || value === null) return 0;
    const count = typeof value === 'number' ? Math.ceil(value) : value;
    return this.count(count) ?? 0;
  }

  /** One count that several members report; where they differ, the smallest; 0 when none does. */
  same(values: readonly unknown[]): number {
    let smallest: number | null = null;
    for (const value of values) {
      const count = value === undefined ? null : this.count(value);
      if (count === null) continue;
      this.isClean &&= smallest === null || smallest === count;
      if (smallest === null || count < smallest) smallest = count;
    }
    return smallest ?? 0;
  }
}
