import type { GatehouseError, PicoUsd } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { CallAdmission } from '../costs/call-records.js';
import type { CostRequest } from './cost-request.js';
import type { CostReservation } from './cost-reservation.js';

/** What an attempt has used when it ended. */
export interface AttemptUse {
  readonly tokens: number;
  readonly costPico: PicoUsd;
}

/** The place of an attempt at a deployment. Ended exactly once. */
export interface DeploymentPass {
  /** The windows in which the cost of the attempt is held: those of its request and of the deployment's provider. */
  readonly admission: CallAdmission;
  /** The most that the attempt may cost by the budget of its provider; `null` where that sets no bound. */
  readonly heldPico: PicoUsd | null;
  /** Notes, before the attempt ends, that the deployment did not serve it. */
  failed(): void;
  /** Ends the attempt while its cost stays held, until {@link release}: its tokens take the place of what was expected. */
  detach(tokens: number): void;
  /** Ends the attempt: what it has used takes the place of what was expected. */
  release(use: AttemptUse): void;
  /** Gives the place back: nothing has reached the deployment. */
  cancel(): void;
}

/** An attempt may enter, or its deployment is passed over: at a limit (`null`), or by the refusal of a budget. */
export type DeploymentEntry = DeploymentPass | GatehouseError | null;

/** Keeps the limits of deployments and the budgets of their providers, so that those at one are passed over. Shared by the relay and explanations. */
export abstract class DeploymentAdmission {
  /**
   * Takes a place at a deployment. Returns a promise only where the answer is not in memory.
   * @throws GatehouseError `database_unavailable`
   */
  abstract enter(
    deployment: DeploymentSettings,
    cost: CostReservation,
  ): DeploymentEntry | Promise<DeploymentEntry>;

  /**
   * Returns the refusal when no deployment that may be tried is free, `rate_limited`, `budget_exceeded` or `price_unknown`, else `null`. Where a
   * budget may be free again when a call ends, only {@link enter} tells.
   */
  abstract refusal(request: CostRequest): GatehouseError | null | Promise<GatehouseError | null>;

  /**
   * Returns the tokens of the last minute at a deployment, of all replicas as far as this one has heard; `null` where they are not
   * counted, because it has no limit of tokens. Asks no other process.
   */
  abstract tokensInMinute(deployment: DeploymentSettings): number | null;
}

/** The limits of deployments in a program that enforces them. Without one every deployment is open. */
export abstract class LimitingDeployments extends DeploymentAdmission {}

/** Every deployment is open. */
export class OpenDeployments extends DeploymentAdmission {
  override enter(_deployment: DeploymentSettings, { admission }: CostReservation): DeploymentPass {
    return {
      admission,
      heldPico: null,
      failed: doNothing,
      detach: doNothing,
      release: doNothing,
      cancel: doNothing,
    };
  }

  override refusal(): null {
    return null;
  }

  override tokensInMinute(): null {
    return null;
  }
}

function doNothing(): void {
  // There is nothing to give back.
}
