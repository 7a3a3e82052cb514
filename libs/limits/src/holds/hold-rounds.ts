import { isGatehouseError, pause } from '#libs/common';
import {
  asksOf,
  groupsOf,
  heldFor,
  waitsForDecision,
  type HoldWaiter,
  type WaitingGroup,
} from './hold-queue.js';
import type { LeaseRequests } from './lease-requests.js';
import type { LeaseAnswer, LeaseRefusal, LeaseSource } from './lease-source.js';
import type { MoneyClaim } from './money-claims.js';
import { refusedState } from './window-accounts.js';
import { leftOf } from './window-state.js';

/** How long a request waits for what other processes hold and do not use. */
const DEMAND_MS = 250;
/** How long it waits where that may be free in a moment. */
const CLOSING_MS = 2_000;
/** The calls of other processes leave something over while it waits. */
const DEMAND_AGAIN_MS = 50;

/** The requests that wait for leases, and the round trips that serve as many of them as they can. */
export class HoldRounds {
  private readonly waiters = new Set<HoldWaiter>();
  private isDue = false;
  private running: Promise<void> | null = null;

  /** @param ending ends the pauses between round trips */
  constructor(
    private readonly source: LeaseSource,
    private readonly requests: LeaseRequests,
    private readonly ending: AbortSignal,
  ) {}

  /** Serves, refuses or fails a request. */
  enqueue(waiter: HoldWaiter): void {
    this.waiters.add(waiter);
    for (const account of waiter.accounts) account.waiting += 1;
    this.begin();
  }

  /** Makes a round trip, also when no request waits: it renews leases and gives back what is due. */
  begin(): void {
    this.isDue = true;
    this.running ??= this.run();
  }

  private leave(waiter: HoldWaiter): void {
    if (!this.waiters.delete(waiter)) return;
    for (const account of waiter.accounts) account.waiting -= 1;
  }

  private async run(): Promise<void> {
    while (this.isDue || this.waiters.size > 0) {
      this.isDue = false;
      if (!(await this.runOnce())) await pause(this.source.retryMs, this.ending);
    }
    this.running = null;
  }

  /** Returns false when every request that is left waits for what may come back, or for decisions about tentative holds. */
  private async runOnce(): Promise<boolean> {
    const missed = await this.serve(groupsOf(this.waiters));
    // A demand that fails leaves the requests waiting, and the next round finds out why.
    if (missed.length > 0) await this.source.demand(missed).catch(() => undefined);
    return [...this.waiters].some(
      ({ waits, undecidedUntilMs }) => waits.size === 0 && undecidedUntilMs === null,
    );
  }

  /**
   * Asks for what some groups need. What the source refuses for the data of one group fails that group alone. Returns the
   * claims of which other processes may give something back.
   */
  private async serve(groups: readonly WaitingGroup[]): Promise<MoneyClaim[]> {
    const missed: MoneyClaim[] = [];
    try {
      const answers = await this.requests.take(() => groups.map(asksOf));
      for (const [place, group] of groups.entries()) {
        const answer = answers[place];
        if (answer !== undefined) missed.push(...this.settle(group, answer));
      }
    } catch (error) {
      if (isGatehouseError(error) || groups.length < 2) this.fail(groups, error);
      else for (const group of groups) missed.push(...(await this.serve([group])));
    }
    return missed;
  }

  private fail(groups: readonly WaitingGroup[], error: unknown): void {
    for (const waiter of groups.flatMap(({ waiters }) => waiters)) {
      this.leave(waiter);
      waiter.failed(error);
    }
  }

  /** Serves and refuses a group. Returns the claims of which other processes may give something back. */
  private settle(group: WaitingGroup, answer: LeaseAnswer): MoneyClaim[] {
    const missed: MoneyClaim[] = [];
    for (const waiter of group.waiters) {
      const heldPico = heldFor(waiter);
      if (heldPico !== null) {
        this.leave(waiter);
        waiter.served(heldPico);
      } else if (answer.refusal !== null) {
        missed.push(...this.refuse(waiter, answer.refusal));
      }
    }
    return missed;
  }

  /** Refuses a request, or lets it wait and returns the claims that other processes are to be asked for now. */
  private refuse(waiter: HoldWaiter, refusal: LeaseRefusal): readonly MoneyClaim[] {
    const claim = waiter.claims[refusal.place];
    const account = waiter.accounts[refusal.place];
    if (claim === undefined || account === undefined) return [];
    const state = refusedState(account, refusal);
    const nowMs = performance.now();
    // What was spent does not come back: no process can give what is missing then.
    const couldFit = claim.capPico - refusal.spentPico >= waiter.leastPico;
    // A call of this process has left something over since.
    const fits = leftOf(claim.capPico, state) >= waiter.leastPico;
    const mayComeBack = refusal.othersPico > 0n && couldFit;
    const sinceMs = waitingSince(waiter, refusal.place, { mayWait: fits || mayComeBack, nowMs });
    const untilMs = sinceMs + (this.source.isClosing() ? CLOSING_MS : DEMAND_MS);
    if (nowMs >= untilMs) {
      if (waitsForDecision(waiter, account, { couldFit, nowMs })) return [];
      this.leave(waiter);
      waiter.refused(claim, state);
      return [];
    }
    if (nowMs < waiter.demandedMs + DEMAND_AGAIN_MS) return [];
    waiter.demandedMs = nowMs;
    return waiter.claims.filter((_, place) => refusal.short.includes(place));
  }
}

/** Returns since when a request waits for what it needs of a window; -Infinity where it does not. */
function waitingSince(
  { waits }: HoldWaiter,
  place: number,
  { mayWait, nowMs }: { readonly mayWait: boolean; readonly nowMs: number },
): number {
  const knownMs = waits.get(place);
  if (knownMs !== undefined) return knownMs;
  if (!mayWait) return -Infinity;
  waits.set(place, nowMs);
  return nowMs;
}
