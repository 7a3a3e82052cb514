import { Injectable } from '@nestjs/common';
import { isGatehouseError, withFailure, type GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import {
  LimitingDeployments,
  type CostRequest,
  type CostReservation,
  type DeploymentEntry,
  type DeploymentPass,
} from '#libs/spend';
import { ProviderBudgets, type ProviderHold } from '../providers/provider-budgets.js';
import { DeploymentFailures } from '../rates/deployment-failures.js';
import { DeploymentRates, type DeploymentTicket } from './deployment-rates.js';

/** An attempt of a request at a deployment. */
interface Attempt {
  readonly deployment: DeploymentSettings;
  readonly cost: CostReservation;
}

/**
 * Admits attempts by the limits of their deployment and the budget of its provider, and requests with their first attempt by
 * their own rate limits. One that is refused counts against none, and refuses no other meanwhile: its cost is held first,
 * tentatively, and all rate limits count it last, in one step.
 */
@Injectable()
export class DeploymentLimits extends LimitingDeployments {
  constructor(
    private readonly rates: DeploymentRates,
    private readonly budgets: ProviderBudgets,
    private readonly failures: DeploymentFailures,
  ) {
    super();
  }

  override enter(
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): DeploymentEntry | Promise<DeploymentEntry> {
    const unpriced = this.budgets.unpricedRefusal(deployment, cost.request);
    if (unpriced !== null) return unpriced;
    const isFull = this.rates.isFull(deployment, cost);
    return isFull instanceof Promise
      ? isFull.then((found) => this.holdUnless(found, deployment, cost))
      : this.holdUnless(isFull, deployment, cost);
  }

  override refusal(request: CostRequest): GatehouseError | null | Promise<GatehouseError | null> {
    const deployments = [...request.bounds.keys()];
    return deployments.some((one) => this.budgets.isBudgeted(one))
      ? this.refusalOfBoth(request)
      : this.rates.refusal(deployments, request);
  }

  override tokensInMinute(deployment: DeploymentSettings): number | null {
    return this.rates.tokensInMinute(deployment);
  }

  private async refusalOfBoth(request: CostRequest): Promise<GatehouseError | null> {
    const bearing = await this.budgets.bearing(request);
    return isGatehouseError(bearing) ? bearing : this.rates.refusal(bearing, request);
  }

  private holdUnless(
    isFull: boolean,
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): DeploymentEntry | Promise<DeploymentEntry> {
    if (isFull) return null;
    const held = this.budgets.hold(deployment, cost);
    return held instanceof Promise
      ? held.then((hold) => this.takeWith(hold, deployment, cost), refusalIn)
      : this.takeWith(held, deployment, cost);
  }

  /** Counts an attempt whose cost is held; it is given back where the deployment is at a limit. */
  private takeWith(
    hold: ProviderHold | null,
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): DeploymentEntry | Promise<DeploymentEntry> {
    const giveBack = (): void => hold?.money.release(0n);
    const ticket = withFailure(() => this.rates.take(deployment, cost), giveBack);
    const entryOf = (taken: DeploymentTicket | null): DeploymentEntry => {
      if (taken === null) giveBack();
      return taken === null ? null : this.passOf({ deployment, cost }, taken, hold);
    };
    return ticket instanceof Promise ? ticket.then(entryOf) : entryOf(ticket);
  }

  private passOf(
    { deployment, cost: { admission } }: Attempt,
    ticket: DeploymentTicket,
    hold: ProviderHold | null,
  ): DeploymentPass {
    hold?.money.confirm();
    let isDetached = false;
    return {
      admission:
        hold === null
          ? admission
          : { admittedAt: hold.admittedAt, holds: [...admission.holds, ...hold.money.windows] },
      heldPico: hold?.money.heldPico ?? null,
      failed: () => {
        this.failures.note(deployment);
      },
      detach: (tokens) => {
        isDetached = true;
        ticket.release(tokens);
      },
      release: ({ tokens, costPico }) => {
        if (!isDetached) ticket.release(tokens);
        hold?.money.release(costPico);
      },
      cancel: () => {
        ticket.cancel();
        hold?.money.release(0n);
      },
    };
  }
}

/** A budget that cannot bear the attempt passes its deployment over; any other failure ends the call. */
function refusalIn(error: unknown): GatehouseError {
  if (isGatehouseError(error) && error.code === 'budget_exceeded') return error;
  throw error;
}
