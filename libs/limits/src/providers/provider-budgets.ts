import { Injectable } from '@nestjs/common';
import { Clock, type GatehouseError, type PicoUsd } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import type { CostRequest, CostReservation } from '#libs/spend';
import { budgetExceeded } from '../holds/budget-refusal.js';
import { moneyClaimsOf, type MoneyClaim } from '../holds/money-claims.js';
import { MoneyHolds, type MoneyHold } from '../holds/money-holds.js';

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
    const mostPico = cost.shareOf(deployment);
    const admittedAt = cost.admission.admittedAt ?? this.clock.now();
    const claims = mostPico === 0n ? [] : this.claimsOf(deployment.provider, admittedAt.getTime());
    if (claims.length === 0) return null;
    const leastPico = least(cost.request, mostPico);
    const held = this.holds.hold(claims, { mostPico, leastPico, isTentative: true });
    return held instanceof Promise
      ? held.then((money) => ({ money, admittedAt }))
      : { money: held, admittedAt };
  }

  /** Returns the deployments of a request whose provider may bear an attempt; the refusal of the first one where none may. */
  async bearing(request: CostRequest): Promise<readonly DeploymentSettings[] | GatehouseError> {
    const bearing: DeploymentSettings[] = [];
    let refusal: GatehouseError | null = null;
    for (const [deployment, boundPico] of request.bounds) {
      const found = await this.refusalAt(deployment, least(request, boundPico));
      if (found === null) bearing.push(deployment);
      else refusal ??= found;
    }
    return refusal !== null && bearing.length === 0 ? refusal : bearing;
  }

  /** Whether a deployment has a provider with a budget. */
  isBudgeted({ provider }: DeploymentSettings): boolean {
    return Object.hasOwn(this.settings.current.budgets.providers, provider);
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
  private async refusalAt(
    deployment: DeploymentSettings,
    leastPico: PicoUsd,
  ): Promise<GatehouseError | null> {
    const claims = leastPico === 0n ? [] : this.claimsOf(deployment.provider);
    if (claims.length === 0 || this.holds.bears(claims, leastPico)) return null;
    const found = await this.holds.look(claims);
    const tight = found.find(({ claim, spentPico }) => claim.capPico - spentPico < leastPico);
    const { exceededStatus } = this.settings.current.budgets;
    return tight === undefined ? null : budgetExceeded(tight.claim, tight, exceededStatus);
  }

  private claimsOf(provider: string, nowMs = this.clock.nowMs()): readonly MoneyClaim[] {
    const { calendar, providers } = this.settings.current.budgets;
    const limits = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
    return limits === undefined
      ? []
      : moneyClaimsOf([{ scope: 'provider', id: provider, limits }], null, { calendar, nowMs });
  }
}

function least({ leastPico }: CostRequest, mostPico: PicoUsd): PicoUsd {
  return leastPico < mostPico ? leastPico : mostPico;
}
