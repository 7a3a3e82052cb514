import type { RateClaim } from './rate-claims.js';
import { Grants, type UsedPart } from './grants.js';
import type { RateAsk, RateGrant, RateReturn } from './rate-ledger.js';
import type { KnownCounter } from './shared-state.js';

/** What a request has taken of one counter. */
export interface SharedUse {
  readonly claim: RateClaim;
  /** `null` for a slot, and for units that were used without a grant. */
  readonly parts: readonly UsedPart[] | null;
}

/** Slots of one counter. */
interface Slots {
  /** Of this process in the ledger. */
  held: number;
  running: number;
  limit: number;
}

/** Slots that are not used are kept while fewer than this part of the limit is taken; else they are given back at once. */
const NEAR_PART = 0.5;

/** The units and slots that this process may use of the counters that it shares. */
export class SharedUnits {
  private readonly grants = new Map<string, Grants>();
  private readonly slots = new Map<string, Slots>();
  /** The last that was heard of a counter. */
  private readonly known = new Map<string, KnownCounter>();
  /** Slots that the ledger has to hear of. */
  private readonly changed = new Set<string>();
  private returns: RateReturn[] = [];

  /** Whether there is enough for a claim. */
  covers({ counter, type, amount }: RateClaim, nowMs: number): boolean {
    return this.left({ counter, type }, nowMs) >= amount;
  }

  /** Returns what this process may use of a counter without asking. */
  left({ counter, type }: Pick<RateClaim, 'counter' | 'type'>, nowMs: number): number {
    if (type !== 'max_parallel_requests') return this.grants.get(counter)?.left(nowMs) ?? 0;
    const slots = this.slots.get(counter);
    return slots === undefined ? 0 : Math.max(0, slots.held - slots.running);
  }

  /** The last that was heard of a counter; `null` for nothing. */
  lastOf(counter: string): KnownCounter | null {
    return this.known.get(counter) ?? null;
  }

  /** Whether more should be asked for before it is needed. */
  isLow({ counter, type }: RateClaim, nowMs: number): boolean {
    return type !== 'max_parallel_requests' && (this.grants.get(counter)?.isLow(nowMs) ?? true);
  }

  /** Uses what a claim wants; also what is not there, which the ledger hears of then. */
  use(claim: RateClaim, nowMs: number): SharedUse {
    const { counter, amount, limit } = claim;
    if (claim.type === 'max_parallel_requests') {
      const slots = this.slotsOf(counter, limit);
      slots.running += amount;
      if (slots.running > slots.held) this.changed.add(counter);
      return { claim, parts: null };
    }
    if (this.covers(claim, nowMs))
      return { claim, parts: this.grantsOf(counter).use(amount, nowMs) };
    this.returns.push({ counter, cell: null, amount: -amount });
    return { claim, parts: null };
  }

  /**
   * Ends a use.
   * @param units that were used in the end
   */
  end({ claim, parts }: SharedUse, units: number): void {
    const { counter, amount, type } = claim;
    if (type === 'max_parallel_requests') this.free(counter, amount);
    else if (units > amount) this.returns.push({ counter, cell: null, amount: amount - units });
    else this.giveBack(counter, parts ?? [], amount - units);
  }

  /** Whether other processes wait for what is given back. */
  get isUrgent(): boolean {
    return this.changed.size > 0;
  }

  /** Whether the ledger knows nothing of this process, and need not. */
  get isIdle(): boolean {
    return this.grants.size === 0 && this.slots.size === 0 && this.returns.length === 0;
  }

  /** Takes what has to be given back. */
  takeReturns(nowMs: number): readonly RateReturn[] {
    for (const [counter, grants] of this.grants) {
      this.returns.push(...grants.takeExpired(counter, nowMs));
      if (!grants.isEmpty) continue;
      this.grants.delete(counter);
      this.known.delete(counter);
    }
    const taken = this.returns;
    this.returns = [];
    return taken;
  }

  /** Keeps for the next exchange what certainly has to be heard of: what was used without a grant. */
  keep(returns: readonly RateReturn[]): void {
    this.returns.push(...returns.filter(({ amount }) => amount < 0));
    for (const counter of this.slots.keys()) this.changed.add(counter);
  }

  /** Returns asks for the slots that changed, apart from those of the given counters, and forgets unused ones. */
  takeChangedSlots(asked: ReadonlySet<string>): RateAsk[] {
    const counters = [...this.changed].filter((counter) => !asked.has(counter));
    this.changed.clear();
    return counters.flatMap((counter) => {
      const slots = this.slots.get(counter);
      return slots === undefined ? [] : [this.askForSlots(counter, slots, 0)];
    });
  }

  /** Returns the ask about the counter of a claim, of which requests wait for an amount; more may come only where asked. */
  askFor(
    { counter, type, limit }: RateClaim,
    amount: number,
    mayHaveMore: boolean,
    nowMs: number,
  ): RateAsk {
    if (type === 'max_parallel_requests')
      return this.askForSlots(counter, this.slotsOf(counter, limit), mayHaveMore ? amount : 0);
    const grants = this.grantsOf(counter);
    const inHand = grants.left(nowMs);
    return {
      counter,
      limit,
      heldSlots: null,
      inHand,
      want: mayHaveMore ? grants.wantOf(amount) : 0,
    };
  }

  /** Takes what the ledger has granted. */
  add(grant: RateGrant, ask: RateAsk, sentMs: number): void {
    this.known.set(grant.counter, { grant, atMs: sentMs });
    if (ask.heldSlots === null) {
      this.grantsOf(grant.counter).add(grant, sentMs);
      return;
    }
    const slots = this.slotsOf(grant.counter, ask.limit);
    slots.held = ask.heldSlots + grant.granted;
    if (slots.held === 0 && slots.running === 0) this.slots.delete(grant.counter);
  }

  /** Lets every slot go that no request uses, and forgets what was heard of counters of which nothing is here. */
  releaseIdleSlots(): void {
    for (const [counter, { held, running }] of this.slots)
      if (held > running) this.changed.add(counter);
    for (const counter of this.known.keys())
      if (!this.slots.has(counter) && !this.grants.has(counter)) this.known.delete(counter);
  }

  private free(counter: string, amount: number): void {
    const slots = this.slots.get(counter);
    if (slots === undefined) return;
    slots.running -= amount;
    const used = this.known.get(counter)?.grant.used ?? Infinity;
    if (used > slots.limit * NEAR_PART) this.changed.add(counter);
  }

  /** The last parts go back first: they can be used for longest. */
  private giveBack(counter: string, parts: readonly UsedPart[], amount: number): void {
    let open = amount;
    for (const part of parts.toReversed()) {
      const back = Math.min(part.amount, open);
      open -= back;
      if (back > 0) this.returns.push({ counter, cell: part.cell, amount: back });
    }
  }

  /** Idle slots go back with the ask. */
  private askForSlots(counter: string, { running, limit }: Slots, want: number): RateAsk {
    return { counter, limit, heldSlots: running, inHand: 0, want };
  }

  private grantsOf(counter: string): Grants {
    const grants = this.grants.get(counter) ?? new Grants();
    this.grants.set(counter, grants);
    return grants;
  }

  private slotsOf(counter: string, limit: number): Slots {
    const slots = this.slots.get(counter) ?? { held: 0, running: 0, limit };
    slots.limit = limit;
    this.slots.set(counter, slots);
    return slots;
  }
}
