import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { SpendRecorder, type CallRef, type CostBasis } from '#libs/spend';
import { intentFacts } from '../settlement/intent-facts.js';
import type { ReservedCall } from '../planning/relay-call.js';

/** One object, so that its JSON is made once. */
const HIT: CostBasis = { unitUsd: {}, isCacheHit: true };

/** Records calls that were served from the cache: entries of cost 0, without tokens and without a hold. */
@Injectable()
export class HitAccounting {
  constructor(
    private readonly recorder: SpendRecorder,
    private readonly clock: Clock,
  ) {}

  /**
   * Records a hit.
   * @param deployment the one that had given the response
   * @throws GatehouseError `spend_journal_unavailable`, `shutting_down`
   */
  async book(call: ReservedCall, deployment: DeploymentSettings): Promise<void> {
    const { cost, endpoint, progress, state } = call;
    const { requestId } = cost.request;
    const attempt = progress.nextAttempt();
    const ref: CallRef = { requestId, attempt, startedAt: this.clock.now() };
    const opened = this.recorder.open({
      ...ref,
      ...intentFacts({ ...call, deployment }, endpoint.callType),
      admittedAt: cost.admission.admittedAt,
      holds: [],
      reservedPico: 0n,
      expectedPico: 0n,
      expectedInputTokens: 0,
      expectedOutputTokens: 0,
    });
    if (opened !== null) await opened;
    cost.book(0n, null);
    state.booked = progress.bookedWith(cost);
    state.log['cache_hit'] = true;
    state.log['deployment'] = deployment.id;
    const recorded = this.recorder.settle(ref, {
      endedAt: this.clock.now(),
      usage: null,
      usageSource: 'none',
      costPico: 0n,
      basis: HIT,
      isPriced: true,
      isSuspect: false,
      succeeded: true,
      upstreamStatus: null,
    });
    if (recorded !== null) await recorded;
  }
}
