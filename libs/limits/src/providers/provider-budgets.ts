import { Injectable } from '@nestjs/common';
import type { Limits } from '#libs/access';
import { Clock, GatehouseError, type PicoUsd } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import type { CostRequest, CostReservation } from '#libs/spend';
import { budgetExceeded } from '../holds/budget-refusal.js';
import type { HoldRange } from '../holds/hold-queue.js';
import { moneyClaimsOf, type BudgetClaim, type MoneyClaim } from '../holds/money-claims.js';
import { MoneyHolds, type MoneyHold } from '../holds/money-holds.js';
import { refusesUnknownCost, UNKNOWN_COST_PICO } from '../holds/unpriced-models.js';

/** What an attempt holds in the budget of its provider. */
export interface ProviderHold {
  readonly money: MoneyHold;
  /** The instant that decides the window. */
  readonly admittedAt: Date;
}

/** A budget of a provider in its present window. */
export interface ProviderBudgetState {
  readonly provider: string;
  readonly claim: MoneyClaim;
  readonly spentPico: PicoUsd;
}

/** An attempt at a deployment, with the upper bound of its cost. */
interface Attempt {
  readonly deployment: DeploymentSettings;
  readonly boundPico: PicoUsd;
}

/** The budgets of `router_settings.provider_budget_config`: each attempt counts against that of its own provider. */
@Injectable()
export class ProviderBudgets {
  /** @param clock decides the windows of the moment */
  constructor(
    private readonly holds: MoneyHolds,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Holds the cost of an attempt in the budget of its provider, tentatively; `null` where there is none, or the attempt costs nothing.
   * Returns no promise when the leases of this process bear it.
   * @throws GatehouseError `budget_exceeded`, and nothing is held then; `database_unavailable`
   */
  hold(
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): ProviderHold | null | Promise<ProviderHold> {
    const { request, admission } = cost;
    const admittedAt = admission.admittedAt ?? this.clock.now();
    const boundPico = cost.shareOf(deployment);
    const isFree = boundPico === 0n && !request.unpriced.has(deployment);
    const claims = isFree ? [] : this.claimsOf(deployment.provider, admittedAt.getTime());
    const amounts = amountsAt({ deployment, boundPico }, request, claims);
    if (claims.length === 0 || amounts.mostPico === 0n) return null;
    const held = this.holds.hold(claims, { ...amounts, isTentative: true });
    return held instanceof Promise
      ? held.then((money) => ({ money, admittedAt }))
      : { money: held, admittedAt };
  }

  /** Returns the refusal of a deployment without a known price whose provider's budget denies those; `null` for every other. */
  unpricedRefusal(
    deployment: DeploymentSettings,
    { unpriced }: Pick<CostRequest, 'unpriced'>,
  ): GatehouseError | null {
    const limits = unpriced.has(deployment) ? this.limitsOf(deployment.provider) : undefined;
    if (limits === undefined) return null;
    const { unpricedModels } = this.settings.current.budgets;
    return (limits.unpricedModels ?? unpricedModels) === 'deny'
      ? new GatehouseError('price_unknown', { isByLimit: true })
      : null;
  }

  /** Returns the deployments of a request whose provider may bear an attempt; the refusal of the first one where none may. */
  async bearing(request: CostRequest): Promise<readonly DeploymentSettings[] | GatehouseError> {
    const bearing: DeploymentSettings[] = [];
    let refusal: GatehouseError | null = null;
    for (const [deployment, boundPico] of request.bounds) {
      const claims = this.claimsOf(deployment.provider);
      const range = amountsAt({ deployment, boundPico }, request, claims);
      const found =
        this.unpricedRefusal(deployment, request) ?? (await this.refusalBy(claims, range));
      if (found === null) bearing.push(deployment);
      else refusal ??= found;
    }
    return refusal !== null && bearing.length === 0 ? refusal : bearing;
  }

  /** Whether a deployment has a provider with a budget. */
  isBudgeted({ provider }: DeploymentSettings): boolean {
    return this.limitsOf(provider) !== undefined;
  }

  /** Returns every budget with what is booked in its present window. */
  async states(): Promise<readonly ProviderBudgetState[]> {
    const { providers } = this.settings.current.budgets;
    const claims = Object.keys(providers).flatMap((provider) => this.claimsOf(provider));
    if (claims.length === 0) return [];
    const found = await this.holds.look(claims);
    return found.map(({ claim, spentPico }) => ({ provider: claim.id, claim, spentPico }));
  }

  /** What is held may come back, so that only what is spent refuses. */
  private async refusalBy(
    claims: readonly MoneyClaim[],
    range: HoldRange,
  ): Promise<GatehouseError | null> {
    const { leastPico } = range;
    if (claims.length === 0 || leastPico === 0n || this.holds.bears(claims, leastPico)) return null;
    const found = await this.holds.look(claims);
    const tight = found.find(({ claim, spentPico }) => claim.capPico - spentPico < leastPico);
    const { exceededStatus } = this.settings.current.budgets;
    return tight === undefined
      ? null
      : budgetExceeded({ claim: tight.claim, state: tight, range }, exceededStatus);
  }

  private claimsOf(provider: string, nowMs = this.clock.nowMs()): readonly BudgetClaim[] {
    const { calendar } = this.settings.current.budgets;
    const limits = this.limitsOf(provider);
    return limits === undefined
      ? []
      : moneyClaimsOf([{ scope: 'provider', id: provider, limits }], null, { calendar, nowMs });
  }

  private limitsOf(provider: string): Limits | undefined {
    const { providers } = this.settings.current.budgets;
    return Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  }
}

/** What an attempt needs held: more than nothing where a budget of 0 would have to bear an unknown price. */
function amountsAt(
  { deployment, boundPico }: Attempt,
  { leastPico, unpriced }: CostRequest,
  claims: readonly BudgetClaim[],
): HoldRange {
  if (boundPico === 0n && unpriced.has(deployment) && refusesUnknownCost(claims))
    return { leastPico: UNKNOWN_COST_PICO, mostPico: UNKNOWN_COST_PICO };
  return { leastPico: leastPico < boundPico ? leastPico : boundPico, mostPico: boundPico };
}
