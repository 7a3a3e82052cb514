import type { GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { CostRequest } from './cost-request.js';

/** The place of an attempt at a deployment. Ended exactly once. */
export interface DeploymentPass {
  /** Ends the attempt: its tokens take the place of those that were expected. */
  release(tokens: number): void;
  /** Gives the place back: nothing has reached the deployment. */
  cancel(): void;
}

/** Keeps the limits of deployments, so that one at its limit is passed over. Shared by the relay and explanations. */
export abstract class DeploymentAdmission {
  /** Takes a place at a deployment; `null` when it is at a limit. Returns a promise only where the answer is not in memory. */
  abstract enter(
    deployment: DeploymentSettings,
    request: CostRequest,
  ): DeploymentPass | null | Promise<DeploymentPass | null>;

  /** Returns the refusal `rate_limited` when every deployment that may be tried is at a limit, else `null`. */
  abstract refusal(request: CostRequest): GatehouseError | null | Promise<GatehouseError | null>;
}

/** The limits of deployments in a program that enforces them. Without one every deployment is open. */
export abstract class LimitingDeployments extends DeploymentAdmission {}

const PASS: DeploymentPass = { release: () => undefined, cancel: () => undefined };

/** Every deployment is open. */
export class OpenDeployments extends DeploymentAdmission {
  override enter(): DeploymentPass {
    return PASS;
  }

  override refusal(): null {
    return null;
  }
}
