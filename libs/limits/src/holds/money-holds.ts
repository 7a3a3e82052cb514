import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { isGatehouseError, pause, within, type PicoUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { SpendRecorder, type HeldWindow } from '#libs/spend';
import { budgetExceeded } from './budget-refusal.js';
import {
  asksOf,
  groupsOf,
  heldFor,
  waitsForDecision,
  type HoldRange,
  type HoldWaiter,
  type WaitingGroup,
} from './hold-queue.js';
import { LeaseRequests } from './lease-requests.js';
import {
  LeaseSource,
  type LeaseAnswer,
  type LeaseRefusal,
  type WindowState,
} from './lease-source.js';
import type { MoneyClaim } from './money-claims.js';
import {
  WindowAccounts,
  canBear,
  heldWindowOf,
  holdIn,
  type WindowAccount,
} from './window-accounts.js';

/** An amount that is held in all windows of a request. */
export interface MoneyHold {
  readonly heldPico: PicoUsd;
  readonly windows: readonly HeldWindow[];
  /** Ends a tentative hold: no other limit has refused the request. Called once, unless it is released before. */
  confirm(): void;
  /** Puts the cost in the place of what was held. Called once. */
  release(costPico: PicoUsd): void;
}

/** A window as it is now. */
export interface LookedClaim extends WindowState {
  readonly claim: MoneyClaim;
}

/** How long a request waits for what other processes hold and do not use. */
const DEMAND_MS = 250;
/** The calls of other processes leave something over while it waits. */
const DEMAND_AGAIN_MS = 50;
const END_LIMIT_MS = 1_000;

/**
 * Holds money for requests, in all of their windows or in none. A process hands out from its leases in memory, at once;
 * requests that need more wait in a queue, of which each round trip to the source serves as many as it can. Leases that
 * could not be renewed are not used after their time.
 */
@Injectable()
export class MoneyHolds implements BeforeApplicationShutdown {
  private readonly accounts = new WindowAccounts();
  private readonly requests: LeaseRequests;
  private readonly waiters = new Set<HoldWaiter>();
  private leasedUntilMs = -Infinity;
  private isRoundDue = false;
  private running: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private readonly ending = new AbortController();

  constructor(
    private readonly source: LeaseSource,
    private readonly settings: SettingsStore,
    private readonly recorder: SpendRecorder,
  ) {
    this.requests = new LeaseRequests(source, this.accounts, (untilMs) => {
      this.renewed(untilMs);
    });
    source.onDue(() => {
      this.beginRound();
    });
    source.onDemand((counter) => {
      if (this.accounts.demand(counter)) this.beginRound();
    });
  }

  /**
   * Holds an amount. The caller must release it exactly once. Returns no promise when the leases of this process bear it.
   * @param claims at least one
   * @throws GatehouseError `budget_exceeded`, and nothing is held then; `database_unavailable`
   */
  hold(claims: readonly MoneyClaim[], range: HoldRange): MoneyHold | Promise<MoneyHold> {
    const accounts = this.accounts.of(claims);
    const { isTentative = false } = range;
    if (this.bears(claims, range.mostPico)) return this.held(accounts, range.mostPico, isTentative);
    return new Promise((resolve, reject) => {
      this.enqueue({
        ...range,
        claims,
        accounts,
        waits: new Map(),
        demandedMs: -Infinity,
        undecidedUntilMs: null,
        served: (heldPico) => {
          resolve(this.held(accounts, heldPico, isTentative));
        },
        refused: (claim, refusal) => {
          reject(budgetExceeded(claim, refusal, this.settings.current.budgets.exceededStatus));
        },
        failed: reject,
      });
    });
  }

  /** Whether the leases of this process bear an amount at once. */
  bears(claims: readonly MoneyClaim[], amountPico: PicoUsd): boolean {
    return performance.now() < this.leasedUntilMs && canBear(this.accounts.of(claims), amountPico);
  }

  /**
   * Returns what is left of each window now: what was neither spent nor leased, and what this process has of it.
   * @throws GatehouseError `database_unavailable`
   */
  async look(claims: readonly MoneyClaim[]): Promise<LookedClaim[]> {
    const states = await this.source.look(claims);
    return claims.map((claim, place) => {
      const { spentPico, heldPico } = states[place] ?? { spentPico: 0n, heldPico: 0n };
      return { claim, spentPico, heldPico: heldPico - this.accounts.balanceOf(claim) };
    });
  }

  /** Nest's hook, before the database closes: gives all leases up once everything is booked. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    if (this.timer !== null) clearInterval(this.timer);
    await this.recorder.drained();
    if (this.leasedUntilMs === -Infinity) return;
    // What is not given up ends with its time.
    await within(
      END_LIMIT_MS,
      this.source.end().catch(() => undefined),
    );
  }

  private enqueue(waiter: HoldWaiter): void {
    this.waiters.add(waiter);
    for (const account of waiter.accounts) account.waiting += 1;
    this.beginRound();
  }

  private leave(waiter: HoldWaiter): void {
    if (!this.waiters.delete(waiter)) return;
    for (const account of waiter.accounts) account.waiting -= 1;
  }

  private beginRound(): void {
    this.isRoundDue = true;
    this.running ??= this.runRounds();
  }

  private async runRounds(): Promise<void> {
    while (this.isRoundDue || this.waiters.size > 0) {
      this.isRoundDue = false;
      if (!(await this.runRound())) await pause(this.source.retryMs, this.ending.signal);
    }
    this.running = null;
  }

  /** Returns false when every request that is left waits for other processes, or for decisions about tentative holds. */
  private async runRound(): Promise<boolean> {
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
  private refuse(
    waiter: HoldWaiter,
    refusal: NonNullable<LeaseAnswer['refusal']>,
  ): readonly MoneyClaim[] {
    const claim = waiter.claims[refusal.place];
    const account = waiter.accounts[refusal.place];
    if (claim === undefined || account === undefined) return [];
    const nowMs = performance.now();
    // What was spent does not come back: no process can give what is missing then.
    const couldFit = claim.capPico - refusal.spentPico >= waiter.leastPico;
    const untilMs = waiter.waits.get(refusal.place) ?? nowMs + DEMAND_MS;
    if (refusal.othersPico > 0n && couldFit) waiter.waits.set(refusal.place, untilMs);
    if (!waiter.waits.has(refusal.place) || nowMs >= untilMs) {
      if (waitsForDecision(waiter, account, { couldFit, nowMs })) return [];
      this.leave(waiter);
      waiter.refused(claim, withUnbooked(refusal, account));
      return [];
    }
    if (nowMs < waiter.demandedMs + DEMAND_AGAIN_MS) return [];
    waiter.demandedMs = nowMs;
    return waiter.claims.filter((_, place) => refusal.short.includes(place));
  }

  private renewed(untilMs: number): void {
    const { leaseSeconds } = this.settings.current.budgets;
    this.leasedUntilMs = untilMs;
    if (this.timer !== null || this.ending.signal.aborted) return;
    this.timer = setInterval(
      () => {
        this.accounts.retire();
        if (!this.accounts.isEmpty || this.requests.isUnanswered) this.beginRound();
      },
      (leaseSeconds * 1_000) / 3,
    );
    this.timer.unref();
  }

  private held(
    accounts: readonly WindowAccount[],
    heldPico: PicoUsd,
    isTentative: boolean,
  ): MoneyHold {
    const confirm = holdIn(accounts, heldPico, isTentative);
    return {
      heldPico,
      windows: accounts.map(heldWindowOf),
      confirm,
      release: (costPico) => {
        confirm();
        this.release(accounts, heldPico, costPico);
      },
    };
  }

  private release(accounts: readonly WindowAccount[], heldPico: PicoUsd, costPico: PicoUsd): void {
    let isDue = false;
    for (const account of accounts) {
      account.balancePico += heldPico - costPico;
      account.heldPico -= heldPico;
      account.running -= 1;
      account.isUsed = true;
      if (!this.source.ended(account, costPico) || account.balancePico <= 0n) continue;
      account.isDue = true;
      isDue = true;
    }
    if (isDue) this.beginRound();
  }
}

/**
 * Counts as spent what calls of this process have cost and is not booked yet: its lease bears that besides what is held and
 * what is left.
 */
function withUnbooked(refusal: LeaseRefusal, account: WindowAccount): WindowState {
  const { spentPico, heldPico, othersPico } = refusal;
  const unbookedPico = heldPico - othersPico - account.heldPico - account.balancePico;
  return unbookedPico > 0n
    ? { spentPico: spentPico + unbookedPico, heldPico: othersPico + account.heldPico }
    : refusal;
}
