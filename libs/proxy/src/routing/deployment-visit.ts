import type { DeploymentSettings } from '#libs/config';
import type { TokenUsage } from '#libs/spend';
import type { DeploymentFailure } from './cool-down-rules.js';
import type { DeploymentStatesService, LatencyKind } from './deployment-states.service.js';

/** An attempt at a deployment, as the states of deployments see it. Ended exactly once. */
export class DeploymentVisit {
  private sentMs: number;
  private isFirstByte = true;

  /** @param latencyKind what is measured where the attempt does not answer in time */
  constructor(
    private readonly states: DeploymentStatesService,
    private readonly deployment: DeploymentSettings,
    private readonly latencyKind: LatencyKind,
  ) {
    this.sentMs = performance.now();
    states.begin(deployment);
  }

  /** Notes that the request is sent now. */
  sent(): void {
    this.sentMs = performance.now();
  }

  /** Notes the first byte of a stream. */
  firstByte(): void {
    if (!this.isFirstByte) return;
    this.isFirstByte = false;
    this.states.measure(this.deployment, 'first-byte', this.elapsedMs);
  }

  /**
   * Notes a whole response that is not a stream.
   * @param usage its tokens; `null` when they are not known
   */
  answered(usage: Pick<TokenUsage, 'outputTokens'> | null): void {
    const outputTokens = usage?.outputTokens ?? 0;
    if (outputTokens === 0) this.states.measure(this.deployment, 'whole', this.elapsedMs);
    else this.states.measure(this.deployment, 'per-token', this.elapsedMs / outputTokens);
  }

  /** Notes that the attempt has failed. */
  failed(failure: DeploymentFailure): void {
    // Else a deployment that never answers would never be slow.
    if (failure.failure === 'timeout')
      this.states.measure(this.deployment, this.latencyKind, this.elapsedMs);
    this.states.fail(this.deployment, failure);
  }

  /**
   * Ends the attempt.
   * @param tokens that it has used
   */
  ended(tokens: number): void {
    this.states.end(this.deployment, tokens);
  }

  /** Milliseconds since the request was sent. */
  get elapsedMs(): number {
    return performance.now() - this.sentMs;
  }
}
