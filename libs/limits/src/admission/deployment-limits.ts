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
import { DeploymentRates, type DeploymentTicket } from '../rates/deployment-rates.js';

/** Admits attempts by the limits of their deployment and the budget of its provider. One that is refused counts against neither. */
@Injectable()
export class DeploymentLimits extends LimitingDeployments {
  constructor(
    private readonly rates: DeploymentRates,
    private readonly budgets: ProviderBudgets,
  ) {
    super();
  }

  override enter(
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): DeploymentEntry | Promise<DeploymentEntry> {
    const ticket = this.rates.take(deployment, cost.request);
    return ticket instanceof Promise
      ? ticket.then((taken) => this.holdWith(taken, deployment, cost))
      : this.holdWith(ticket, deployment, cost);
  }

  override refusal(request: CostRequest): GatehouseError | null | Promise<GatehouseError | null> {
    const deployments = [...request.bounds.keys()];
    return deployments.some((one) => this.budgets.isBudgeted(one))
      ? this.refusalOfBoth(request)
      : this.rates.refusal(deployments, request);
  }

  private async refusalOfBoth(request: CostRequest): Promise<GatehouseError | null> {
    const bearing = await this.budgets.bearing(request);
    return isGatehouseError(bearing) ? bearing : this.rates.refusal(bearing, request);
  }

  private holdWith(
    ticket: DeploymentTicket | null,
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): DeploymentEntry | Promise<DeploymentEntry> {
    if (ticket === null) return null;
    const held = withFailure(
      () => this.budgets.hold(deployment, cost),
      () => {
        ticket.cancel();
      },
    );
    return held instanceof Promise
      ? held.then((hold) => passOf(cost, ticket, hold), refusalIn)
      : passOf(cost, ticket, held);
  }
}

function passOf(
  { admission }: CostReservation,
  ticket: DeploymentTicket,
  hold: ProviderHold | null,
): DeploymentPass {
  return {
    admission:
      hold === null
        ? admission
        : { admittedAt: hold.admittedAt, holds: [...admission.holds, ...hold.money.windows] },
    heldPico: hold?.money.heldPico ?? null,
    release: ({ tokens, costPico }) => {
      ticket.release(tokens);
      hold?.money.release(costPico);
    },
    cancel: () => {
      ticket.cancel();
      hold?.money.release(0n);
    },
  };
}

/** A budget that cannot bear the attempt passes its deployment over; any other failure ends the call. */
function refusalIn(error: unknown): GatehouseError {
  if (isGatehouseError(error) && error.code === 'budget_exceeded') return error;
  throw error;
}
