import { Injectable } from '@nestjs/common';
import { Clock, GatehouseError, type PicoUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import {
  dearestBound,
  type BudgetStanding,
  type CostRequest,
  type RemainingBudget,
} from '#libs/spend';
import type { ScopeLimits } from '../effective/scope-limits.js';
import type { RequestedModel } from '../effective/model-limits.js';
import { budgetExceeded } from './budget-refusal.js';
import type { HoldRange } from './hold-queue.js';
import { moneyClaimsOf, type BudgetedScope, type BudgetClaim } from './money-claims.js';
import { MoneyHolds, type LookedClaim, type MoneyHold } from './money-holds.js';
import { denierOfUnpriced, refusesUnknownCost, UNKNOWN_COST_PICO } from './unpriced-models.js';

/** Holds the cost of requests in the budgets of their key, user, team, member, organisation, end user and tags. */
@Injectable()
export class MoneyAdmission {
  /**
   * @param settings how budgets are kept
   * @param clock decides the windows of the moment
   */
  constructor(
    private readonly holds: MoneyHolds,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Holds the cost of a request, tentatively; `null` when it has no budget or costs nothing. Returns no promise when the leases of this
   * process bear it.
   * @param limits of all subjects of the request
   * @param admittedMs the instant of its admission, which decides the windows
   * @throws GatehouseError `budget_exceeded`, `price_unknown`; nothing is held then
   */
  hold(
    limits: readonly ScopeLimits[],
    request: CostRequest,
    admittedMs: number,
  ): MoneyHold | null | Promise<MoneyHold> {
    const scopes = this.scopesOf(limits);
    const claims = this.claimsOf(scopes, request, admittedMs);
    const unpriced = this.refusalOfUnpriced(scopes, claims, request);
    if (unpriced !== null) throw unpriced;
    if (claims.length === 0) return null;
    const amounts = amountsOf(claims, request);
    return amounts.mostPico === 0n
      ? null
      : this.holds.hold(claims, { ...amounts, isTentative: true });
  }

  /**
   * Returns the refusal that {@link hold} would throw now; `null` when it would hold.
   * @param nowMs the instant that decides the windows
   */
  async wouldRefuse(
    limits: readonly ScopeLimits[],
    request: CostRequest,
    nowMs: number,
  ): Promise<GatehouseError | null> {
    const scopes = this.scopesOf(limits);
    const claims = this.claimsOf(scopes, request, nowMs);
    const unpriced = this.refusalOfUnpriced(scopes, claims, request);
    if (unpriced !== null || claims.length === 0) return unpriced;
    const range = amountsOf(claims, request);
    if (range.mostPico === 0n) return null;
    const found = await this.holds.look(claims);
    const short = found.filter(({ leftPico }) => leftPico < range.leastPico);
    const [tightest] = short.toSorted((a, b) => (unspentOf(a) < unspentOf(b) ? -1 : 1));
    const { exceededStatus } = this.settings.current.budgets;
    return tightest === undefined
      ? null
      : budgetExceeded({ claim: tightest.claim, state: tightest, range }, exceededStatus);
  }

  /** Returns what is left of every budget, of those for models, too. */
  async remaining(limits: readonly ScopeLimits[]): Promise<readonly RemainingBudget[]> {
    const standing = await this.standing(limits);
    return standing.map(({ scope, id, remainingPico }) => ({ scope, id, remainingPico }));
  }

  /** Returns every budget in its present window, those for models, too. */
  async standing(limits: readonly ScopeLimits[]): Promise<readonly BudgetStanding[]> {
    const claims = this.claimsOf(this.scopesOf(limits), null, this.clock.nowMs());
    if (claims.length === 0) return [];
    const found = await this.holds.look(claims);
    return found.map(({ claim, leftPico, ...state }) => {
      const { scope, shownId: id, duration, carriedPico = 0n, window } = claim;
      return {
        ...{ scope, id, duration, ...window, ...state },
        capPico: claim.capPico + carriedPico,
        spentPico: state.spentPico + carriedPico,
        remainingPico: leftPico > 0n ? leftPico : 0n,
      };
    });
  }

  private claimsOf(
    scopes: readonly BudgetedScope[],
    model: RequestedModel | null,
    nowMs: number,
  ): BudgetClaim[] {
    const { calendar } = this.settings.current.budgets;
    return moneyClaimsOf(scopes, model, { calendar, nowMs });
  }

  /** The subjects of a request, and the gateway where it has a budget. */
  private scopesOf(limits: readonly ScopeLimits[]): readonly BudgetedScope[] {
    const { gateway } = this.settings.current.budgets;
    return gateway.budgets === undefined
      ? limits
      : [...limits, { scope: 'gateway', id: '', limits: gateway }];
  }

  private refusalOfUnpriced(
    scopes: readonly BudgetedScope[],
    claims: readonly BudgetClaim[],
    { unpriced }: CostRequest,
  ): GatehouseError | null {
    const { unpricedModels } = this.settings.current.budgets;
    const denier = unpriced.size > 0 ? denierOfUnpriced(scopes, claims, unpricedModels) : undefined;
    if (denier === undefined) return null;
    const { scope, id } = denier;
    const name = id === '' ? `the ${scope}` : `${scope} ${id}`;
    return new GatehouseError('price_unknown', {
      message: `The price of this model is not known, and ${name} does not allow unpriced models.`,
      param: 'model',
      isByLimit: true,
      context: { scope, id },
    });
  }
}

/** What a request needs held: more than nothing where a budget of 0 would have to bear an unknown price. */
function amountsOf(claims: readonly BudgetClaim[], request: CostRequest): HoldRange {
  const mostPico = dearestBound(request);
  return mostPico === 0n && request.unpriced.size > 0 && refusesUnknownCost(claims)
    ? { leastPico: UNKNOWN_COST_PICO, mostPico: UNKNOWN_COST_PICO }
    : { leastPico: request.leastPico, mostPico };
}

function unspentOf({ claim, spentPico }: LookedClaim): PicoUsd {
  return claim.capPico - spentPico;
}
