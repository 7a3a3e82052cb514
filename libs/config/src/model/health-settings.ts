/** How the health of deployments is checked, by calls to them. */
export interface HealthCheckSettings {
  /** Whether every deployment is checked at an interval. Default false. */
  readonly isInBackground: boolean;
  /** Seconds between two checks in the background. Default 300. */
  readonly intervalSeconds: number;
  /** Whether results say more of a deployment than its model and id. Default true. */
  readonly showsDetails: boolean;
  /** Whether calls go to healthy deployments while there are any. Default false. */
  readonly decidesRouting: boolean;
  /** Checks that run at once. Default 8. */
  readonly concurrency: number;
}

/** How one deployment is checked. */
export interface DeploymentHealthCheck {
  /** Name by which the upstream knows the model that is asked; `null`: that of the deployment. */
  readonly model: string | null;
  /** Default 60. */
  readonly timeoutSeconds: number;
  /** Most tokens of the response. Default 5. */
  readonly maxTokens: number;
  /** False leaves it out of the checks in the background. */
  readonly isInBackground: boolean;
}
