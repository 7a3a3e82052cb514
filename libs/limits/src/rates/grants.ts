import { GRANT_LIFE_MS, type RateGrant, type RateReturn } from './rate-ledger.js';

/** A part of a grant that was used. */
export interface UsedPart {
  readonly cell: number;
  readonly amount: number;
}

interface Part {
  readonly cell: number;
  readonly untilMs: number;
  left: number;
}

/** After it a grant does not count any more, so that nothing of it needs to be given back. */
const COUNTED_MS = 60_000;

/** The granted units of one counter of requests or tokens that this process may use. Instants are of a monotonic clock. */
export class Grants {
  /** Oldest first. */
  private parts: Part[] = [];
  /** Units that were used since the last grant came. */
  private usedSince = 0;
  private lastMs = -Infinity;

  /** Returns the units that can be used now. */
  left(nowMs: number): number {
    return this.parts.reduce((sum, part) => sum + (part.untilMs > nowMs ? part.left : 0), 0);
  }

  /** Whether more should be asked for before it is needed: half of a grant's life or of its units has gone. */
  isLow(nowMs: number): boolean {
    return nowMs - this.lastMs > GRANT_LIFE_MS / 2 || this.left(nowMs) < this.usedSince;
  }

  /** Returns the units to ask for besides an amount that is needed: twice those that were used since the last grant. */
  wantOf(amount: number): number {
    return 2 * Math.max(1, amount, this.usedSince);
  }

  /**
   * Adds a grant.
   * @param sentMs when it was asked for: from then on its time runs
   */
  add({ granted, cell }: Pick<RateGrant, 'granted' | 'cell'>, sentMs: number): void {
    this.usedSince = 0;
    this.lastMs = sentMs;
    if (granted > 0) this.parts.push({ cell, untilMs: sentMs + GRANT_LIFE_MS, left: granted });
  }

  /** Uses units, of which enough are {@link left}. */
  use(amount: number, nowMs: number): UsedPart[] {
    const used: UsedPart[] = [];
    let open = amount;
    for (const part of this.parts) {
      const taken = part.untilMs > nowMs ? Math.min(part.left, open) : 0;
      if (taken === 0) continue;
      part.left -= taken;
      open -= taken;
      used.push({ cell: part.cell, amount: taken });
    }
    this.usedSince += amount;
    return used;
  }

  /** Takes units out that can no longer be used, for the ledger. */
  takeExpired(counter: string, nowMs: number): RateReturn[] {
    const expired = this.parts.filter(({ untilMs }) => untilMs <= nowMs);
    if (expired.length === 0) return [];
    this.parts = this.parts.filter(({ untilMs }) => untilMs > nowMs);
    return expired.flatMap(({ cell, left, untilMs }) =>
      left > 0 && nowMs - untilMs < COUNTED_MS ? [{ counter, cell, amount: left }] : [],
    );
  }

  /** Whether there is nothing in it. */
  get isEmpty(): boolean {
    return this.parts.length === 0;
  }
}
