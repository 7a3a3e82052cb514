import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { within, type PicoUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { SpendRecorder, type HeldWindow } from '#libs/spend';
import { budgetExceeded } from './budget-refusal.js';
import type { HoldRange } from './hold-queue.js';
import { HoldRounds } from './hold-rounds.js';
import { LeaseRequests } from './lease-requests.js';
import { LeaseSource } from './lease-source.js';
import type { MoneyClaim } from './money-claims.js';
import {
  WindowAccounts,
  canBear,
  heldWindowOf,
  holdIn,
  type WindowAccount,
} from './window-accounts.js';
import { leftOf, type WindowState } from './window-state.js';

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
  /** Less than zero where more was spent than the cap. */
  readonly leftPico: PicoUsd;
}

/** What was not used for two seconds is given back, so that other processes have it and their answers say so. */
const IDLE_MS = 2_000;
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
  private readonly rounds: HoldRounds;
  private leasedUntilMs = -Infinity;
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
    this.rounds = new HoldRounds(source, this.requests, this.ending.signal);
    source.onDue(() => {
      this.rounds.begin();
    });
    source.onDemand((counter) => {
      if (this.accounts.demand(counter)) this.rounds.begin();
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
      this.rounds.enqueue({
        ...range,
        claims,
        accounts,
        waits: new Map(),
        demandedMs: -Infinity,
        undecidedUntilMs: null,
        served: (heldPico) => {
          resolve(this.held(accounts, heldPico, isTentative));
        },
        refused: (claim, state) => {
          const { exceededStatus } = this.settings.current.budgets;
          reject(budgetExceeded({ claim, state, range }, exceededStatus));
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
   * Returns each window as it is now.
   * @throws GatehouseError `database_unavailable`
   */
  async look(claims: readonly MoneyClaim[]): Promise<LookedClaim[]> {
    const states = await this.requests.look(claims);
    return claims.map((claim, place) => {
      const state = states[place] ?? { spentPico: 0n, heldPico: 0n, setAsidePico: 0n };
      return { claim, ...state, leftPico: leftOf(claim.capPico, state) };
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

  private renewed(untilMs: number): void {
    this.leasedUntilMs = untilMs;
    if (this.timer !== null || this.ending.signal.aborted) return;
    const tickMs = Math.min(this.leaseMs / 3, IDLE_MS);
    this.timer = setInterval(() => {
      this.tidy(tickMs);
    }, tickMs);
    this.timer.unref();
  }

  /** Gives back what is idle, renews leases within a third of their time, and repeats what was not answered. */
  private tidy(tickMs: number): void {
    const isAnyIdle = this.accounts.retire();
    const renewMs = this.leasedUntilMs - (this.leaseMs * 2) / 3;
    const isOld = !this.accounts.isEmpty && performance.now() + tickMs > renewMs;
    if (isAnyIdle || isOld || this.requests.isUnanswered) this.rounds.begin();
  }

  private get leaseMs(): number {
    return this.settings.current.budgets.leaseSeconds * 1_000;
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
      account.costPico += costPico;
      account.running -= 1;
      account.isUsed = true;
      if (!this.source.ended(account, costPico) || account.balancePico <= 0n) continue;
      account.isDue = true;
      isDue = true;
    }
    if (isDue) this.rounds.begin();
  }
}
