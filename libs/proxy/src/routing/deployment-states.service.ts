import { Injectable, Logger, type Provider } from '@nestjs/common';
import { SlidingWindow } from '#libs/common';
import type { DeploymentSettings, FailureClass } from '#libs/config';
import { coolDownMs, counts, type DeploymentFailure } from './cool-down-rules.js';
import { LatencySamples } from './latency-samples.js';

/** What a latency measures: the first byte of a stream, or a whole response, by its tokens where they are known. */
export type LatencyKind = 'first-byte' | 'per-token' | 'whole';

/** A deployment that is left out. */
export interface CoolDown {
  readonly leftMs: number;
  /** The failure after which it is. */
  readonly failure: FailureClass;
}

interface State {
  inFlight: number;
  coolDown: { readonly untilMs: number; readonly failure: FailureClass } | null;
  readonly attempts: SlidingWindow;
  readonly failures: SlidingWindow;
  readonly tokens: SlidingWindow;
  readonly latencies: Map<LatencyKind, LatencySamples>;
}

/** What this replica has seen of each deployment: running attempts, failures, tokens, latencies, and whether it is left out. */
@Injectable()
export class DeploymentStatesService {
  private readonly logger = new Logger('Routing');
  private readonly states = new Map<string, State>();

  /** @param nowMs a clock that never goes back */
  constructor(private readonly nowMs: () => number) {}

  /** Counts an attempt that begins. */
  begin({ id }: Pick<DeploymentSettings, 'id'>): void {
    const state = this.stateOf(id);
    state.inFlight += 1;
    state.attempts.add(this.nowMs(), 1);
  }

  /**
   * Counts an attempt that has ended.
   * @param tokens that it has used
   */
  end({ id }: Pick<DeploymentSettings, 'id'>, tokens: number): void {
    const state = this.stateOf(id);
    state.inFlight -= 1;
    if (tokens > 0) state.tokens.add(this.nowMs(), tokens);
  }

  /** Notes the failure of an attempt, after which the deployment may be left out. */
  fail(
    { id, coolDown }: Pick<DeploymentSettings, 'id' | 'coolDown'>,
    failed: DeploymentFailure,
  ): void {
    if (!counts(coolDown, failed.failure)) return;
    const nowMs = this.nowMs();
    const state = this.stateOf(id);
    state.failures.add(nowMs, 1);
    const forMs = coolDownMs(coolDown, failed, {
      attempts: state.attempts.totalAt(nowMs),
      failures: state.failures.totalAt(nowMs),
    });
    const untilMs = nowMs + forMs;
    if (forMs === 0 || untilMs <= (state.coolDown?.untilMs ?? 0)) return;
    if (this.coolDownOf({ id }) === null)
      this.logger.warn(
        `deployment ${id} is left out for ${String(forMs / 1_000)} s after a failure: ${failed.failure}`,
      );
    state.coolDown = { untilMs, failure: failed.failure };
  }

  /** Returns for how much longer a deployment is left out; `null` when it is not. */
  coolDownOf({ id }: Pick<DeploymentSettings, 'id'>): CoolDown | null {
    const state = this.states.get(id);
    if (state === undefined || state.coolDown === null) return null;
    const { untilMs, failure } = state.coolDown;
    const leftMs = untilMs - this.nowMs();
    if (leftMs > 0) return { leftMs, failure };
    state.coolDown = null;
    return null;
  }

  /** Returns the attempts that run at a deployment now. */
  inFlight({ id }: Pick<DeploymentSettings, 'id'>): number {
    return this.states.get(id)?.inFlight ?? 0;
  }

  /** Returns the tokens of the attempts that ended at a deployment in the last minute. */
  tokensInMinute({ id }: Pick<DeploymentSettings, 'id'>): number {
    return this.states.get(id)?.tokens.totalAt(this.nowMs()) ?? 0;
  }

  /** Notes a latency. */
  measure({ id }: Pick<DeploymentSettings, 'id'>, kind: LatencyKind, latencyMs: number): void {
    const { latencies } = this.stateOf(id);
    const samples = latencies.get(kind) ?? new LatencySamples();
    latencies.set(kind, samples);
    samples.add(this.nowMs(), latencyMs);
  }

  /**
   * Returns the average of the last latencies; `null` when none counts.
   * @param ttlMs time for which a latency counts
   */
  latencyMs(
    { id }: Pick<DeploymentSettings, 'id'>,
    kind: LatencyKind,
    ttlMs: number,
  ): number | null {
    return this.states.get(id)?.latencies.get(kind)?.averageAt(this.nowMs(), ttlMs) ?? null;
  }

  private stateOf(id: string): State {
    const known = this.states.get(id);
    if (known !== undefined) return known;
    const state: State = {
      inFlight: 0,
      coolDown: null,
      attempts: new SlidingWindow(),
      failures: new SlidingWindow(),
      tokens: new SlidingWindow(),
      latencies: new Map(),
    };
    this.states.set(id, state);
    return state;
  }
}

/** The states of deployments, on the monotonic clock of the process. */
export const DEPLOYMENT_STATES: Provider = {
  provide: DeploymentStatesService,
  /** Returns them, empty at first. */
  useFactory: (): DeploymentStatesService => new DeploymentStatesService(() => performance.now()),
};
