import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { LocalCounters } from './local-counters.js';
import type { RateClaim } from './rate-claims.js';
import {
  RateCounters,
  ticketOf,
  type RateRefusal,
  type RateResult,
  type RateTicket,
} from './rate-counters.js';
import type { RateAsk, RateExchange, RateExchanged, RateLedger } from './rate-ledger.js';
import { longestOf, refusalOf, stateOf } from './shared-state.js';
import { SharedUnits } from './shared-units.js';

/** A request that waits for an exchange with the ledger. */
interface Waiter {
  readonly claims: readonly RateClaim[];
  /** It only wants to know. */
  readonly isLook: boolean;
  readonly resolve: (result: RateResult) => void;
  readonly reject: (error: unknown) => void;
}

const TICK_MS = 1_000;
const ADMITTED: RateResult = {
  ticket: ticketOf([]),
  refusal: null,
};

/**
 * Counters that several processes share by a ledger. A process asks the ledger for units and hands them out in memory;
 * while the limit is far it has some in hand. Waiting requests ask together, in one exchange at a time.
 *
 * Without the ledger each process goes on with its part of every limit, divided by the processes that were last seen.
 */
export class SharedCounters extends RateCounters implements OnModuleDestroy {
  private readonly logger = new Logger('RateLimits');
  private readonly local: LocalCounters;
  private readonly units = new SharedUnits();
  private waiting: Waiter[] = [];
  /** Claims of counters of which more is asked for before it is needed. */
  private readonly low = new Map<string, RateClaim>();
  /** Counters of the exchange that is under way: what comes of it is for the requests that waited first. */
  private asked: ReadonlySet<string> = new Set();
  private exchanges: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private isDue = false;
  private isDown = false;
  private replicas = 1;

  /** @param nowMs a clock that never goes back */
  constructor(
    private readonly ledger: RateLedger,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    super();
    this.local = new LocalCounters(nowMs);
  }

  override take(claims: readonly RateClaim[]): RateResult | Promise<RateResult> {
    const nowMs = this.nowMs();
    if (this.isDown) return this.takeShare(claims);
    if (!this.isAtHand(claims)) return this.wait(claims, isTooLarge(claims));
    const ticket = this.use(claims);
    for (const claim of claims)
      if (this.units.isLow(claim, nowMs)) this.low.set(claim.counter, claim);
    if (this.low.size > 0) this.wake();
    return { ticket, refusal: null };
  }

  override mayFit(claims: readonly RateClaim[]): boolean {
    const nowMs = this.nowMs();
    return claims.every(
      (claim) =>
        this.units.lastOf(claim.counter) === null ||
        this.state(claim, nowMs).remaining >= claim.amount,
    );
  }

  override look(claims: readonly RateClaim[]): RateRefusal | null | Promise<RateRefusal | null> {
    if (this.isDown) return this.shareRefusal(claims);
    if (this.isAtHand(claims)) return null;
    return this.wait(claims, true).then(({ refusal }) => refusal);
  }

  override used(counter: Pick<RateClaim, 'counter' | 'type'>): number {
    if (this.isDown) return this.local.used(counter);
    const known = this.units.lastOf(counter.counter);
    const ofAll = known === null ? 0 : known.grant.used - this.units.left(counter, this.nowMs());
    return Math.max(ofAll, this.local.used(counter));
  }

  /** Ends the exchanges and gives up what this process has. */
  async onModuleDestroy(): Promise<void> {
    if (this.timer === null) return;
    clearInterval(this.timer);
    await this.exchanges;
    await this.ledger.leave().catch(() => undefined);
  }

  private isAtHand(claims: readonly RateClaim[]): boolean {
    const nowMs = this.nowMs();
    return claims.every(
      (claim) => !this.asked.has(claim.counter) && this.units.covers(claim, nowMs),
    );
  }

  private wait(claims: readonly RateClaim[], isLook: boolean): Promise<RateResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ claims, isLook, resolve, reject });
      this.wake();
    });
  }

  private wake(): void {
    this.timer ??= setInterval(() => {
      this.tick();
    }, TICK_MS).unref();
    this.exchanges ??= this.run();
  }

  private tick(): void {
    this.units.releaseIdleSlots();
    this.isDue = this.isDown || !this.units.isIdle;
    if (this.isDue) this.wake();
  }

  private async run(): Promise<void> {
    try {
      // What else comes in this turn goes into the same exchange.
      await Promise.resolve();
      while (this.waiting.length > 0 || this.low.size > 0 || this.isDue || this.units.isUrgent) {
        this.isDue = false;
        await this.round();
        if (this.isDown && this.waiting.length === 0) return;
      }
    } finally {
      // In the same turn as the last look for requests: one that comes later begins a run of its own.
      this.exchanges = null;
    }
  }

  private async round(): Promise<void> {
    const waiters = this.waiting.splice(0);
    const sentMs = this.nowMs();
    const asks = this.asksOf(waiters, sentMs);
    this.asked = new Set(asks.keys());
    const takers = waiters.filter(({ isLook }) => !isLook);
    const exchanged = await this.exchange({
      asks: [...asks.values()],
      requests: takers.map(({ claims }) => claims),
      returns: this.units.takeReturns(sentMs),
    });
    this.asked = new Set();
    if (exchanged !== null) this.note(exchanged, asks, sentMs);
    const refused = new Set(takers.filter((_taker, index) => exchanged?.admitted[index] === false));
    for (const waiter of waiters) this.answer(waiter, refused.has(waiter) || waiter.isLook);
  }

  /** One step with the ledger; `null` when it cannot be reached. */
  private async exchange(exchange: RateExchange): Promise<RateExchanged | null> {
    try {
      const exchanged = await this.ledger.exchange(exchange);
      if (this.isDown) this.logger.log('rate limits are shared again');
      this.isDown = false;
      return exchanged;
    } catch (error) {
      if (!this.isDown)
        this.logger.warn(`rate limits are not shared: each process has its part. ${String(error)}`);
      this.isDown = true;
      this.low.clear();
      this.units.keep(exchange.returns);
      return null;
    }
  }

  private note(
    { grants, replicas }: RateExchanged,
    asks: ReadonlyMap<string, RateAsk>,
    sentMs: number,
  ): void {
    this.replicas = Math.max(1, replicas);
    for (const grant of grants) {
      const ask = asks.get(grant.counter);
      if (ask !== undefined) this.units.add(grant, ask, sentMs);
    }
  }

  /** By counter, with the units of all requests that wait. */
  private asksOf(waiters: readonly Waiter[], nowMs: number): Map<string, RateAsk> {
    const needs = new Map<string, { readonly claim: RateClaim; amount: number; more: boolean }>();
    for (const claim of this.low.values())
      needs.set(claim.counter, { claim, amount: 0, more: true });
    this.low.clear();
    for (const { claims, isLook } of waiters) {
      for (const claim of claims) {
        const need = needs.get(claim.counter) ?? { claim, amount: 0, more: false };
        needs.set(claim.counter, need);
        need.more ||= !isLook;
        if (!isLook) need.amount += claim.amount;
      }
    }
    const asks = new Map<string, RateAsk>();
    for (const [counter, { claim, amount, more }] of needs)
      asks.set(counter, this.units.askFor(claim, amount, more, nowMs));
    for (const ask of this.units.takeChangedSlots(new Set(needs.keys())))
      asks.set(ask.counter, ask);
    return asks;
  }

  /**
   * Ends the wait of a request.
   * @param isJudged it is refused, or only wants to know
   */
  private answer(waiter: Waiter, isJudged: boolean): void {
    try {
      const result = this.resultOf(waiter, isJudged);
      if (result === null) this.waiting.push(waiter);
      else waiter.resolve(result);
    } catch (error) {
      waiter.reject(error);
    }
  }

  /** `null` when it has to be asked again, because a grant has ended while the exchange was under way. */
  private resultOf({ claims, isLook }: Waiter, isJudged: boolean): RateResult | null {
    if (this.isDown) return this.takeShare(claims);
    const nowMs = this.nowMs();
    if (isJudged) {
      const found = this.found(claims, nowMs);
      return found.refusal === null && !isLook ? null : found;
    }
    const isCovered = claims.every((claim) => this.units.covers(claim, nowMs));
    return isCovered ? { ticket: this.use(claims), refusal: null } : null;
  }

  /** The refusal of the claims that do not fit now; admitted when all do. */
  private found(claims: readonly RateClaim[], nowMs: number): RateResult {
    const states = claims.map((claim) => this.state(claim, nowMs));
    const full = states.filter(({ claim, remaining }) => remaining < claim.amount);
    const refusal = longestOf(
      full.map((state) => refusalOf(state, this.units.lastOf(state.claim.counter))),
    );
    return refusal === null ? ADMITTED : { ticket: null, refusal };
  }

  private state(claim: RateClaim, nowMs: number): RateTicket['states'][number] {
    return stateOf(claim, this.units.lastOf(claim.counter), this.units.left(claim, nowMs), nowMs);
  }

  /** Without the ledger: this process alone, with its part of each limit. */
  private takeShare(claims: readonly RateClaim[]): RateResult {
    const refusal = this.shareRefusal(claims);
    return refusal === null
      ? { ticket: this.use(claims), refusal: null }
      : { ticket: null, refusal };
  }

  private shareRefusal(claims: readonly RateClaim[]): RateRefusal | null {
    const shares = claims.map((claim) => ({
      ...claim,
      limit: Math.floor(claim.limit / this.replicas),
    }));
    const isTooSmall = shares.some(
      ({ amount, limit }, index) => amount > limit && amount <= (claims[index]?.limit ?? 0),
    );
    if (isTooSmall) throw new GatehouseError('database_unavailable', { retryAfterSeconds: 1 });
    const refusal = this.local.look(shares);
    const claim = claims.find(({ counter }) => counter === refusal?.claim.counter);
    return refusal === null || claim === undefined ? null : { ...refusal, claim };
  }

  private use(claims: readonly RateClaim[]): RateTicket {
    const nowMs = this.nowMs();
    const taken = claims.map((claim) => ({
      own: this.local.record([claim]),
      use: this.units.use(claim, nowMs),
    }));
    return ticketOf(
      taken.map(({ own, use }) => ({
        state: (this.isDown ? own.states[0] : undefined) ?? this.state(use.claim, nowMs),
        end: (tokens) => {
          const { type, amount } = use.claim;
          if (tokens === null) own.cancel();
          else own.release(tokens);
          this.units.end(use, tokens === null ? 0 : type === 'tokens' ? tokens : amount);
          if (this.units.isUrgent) this.wake();
        },
      })),
    );
  }
}

/** Such a request only learns why. */
function isTooLarge(claims: readonly RateClaim[]): boolean {
  return claims.some(({ amount, limit }) => amount > limit);
}
