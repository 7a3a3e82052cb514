import { Injectable } from '@nestjs/common';
import { GatehouseError, isGatehouseError, pause } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { DeploymentAdmission, type DeploymentPass } from '#libs/spend';
import { Attempts } from '../routing/retries.js';
import { UpstreamTransport } from '../upstream/upstream-call.js';
import { UsageRefusals } from '../upstream/refusals.js';
import { watchClientAbort } from './interruptions.js';
import { AttemptAccounting } from './attempt-accounting.js';
import {
  failureAfter,
  followingAttempt,
  hasFailed,
  isAccepted,
  mayRefuseOptions,
  useSince,
  type PassedOver,
} from './attempt-endings.js';
import type { GroupEnding } from './group-ending.js';
import { RelayAttempt, type AttemptEnding, type BufferedResponse } from './relay-attempt.js';
import { hasLeft, type EnteredCall, type ReservedCall } from './relay-call.js';
import { UnsettledCalls } from './unsettled-calls.js';
import { prepareRequest, type PreparedRequest } from './upstream-request.js';

/** An attempt whose `stream_options` the upstream may refuse. */
interface FirstAttempt {
  readonly deployment: DeploymentSettings;
  readonly first: Promise<AttemptEnding>;
  readonly attempts: Attempts;
}

const CLAMP = 'gatehouse.budgets.clamp_output';

/**
 * Tries the deployments of one model group for a call: choose one, record the intent, call, copy the response through, record
 * the spend.
 *
 * Another attempt follows only before anything has gone to the client: when no byte can have reached the
 * upstream, when it answered with a retryable status, and, at another deployment alone, when no head of
 * its response came. Every attempt that was sent has its own line in the ledger.
 */
@Injectable()
export class GroupRelayService {
  /**
   * @param usageRefusals upstreams that refuse `stream_options`
   * @param unsettledCalls tells when the process ends
   */
  constructor(
    private readonly accounting: AttemptAccounting,
    private readonly upstream: UpstreamTransport,
    private readonly usageRefusals: UsageRefusals,
    private readonly unsettledCalls: UnsettledCalls,
    private readonly deployments: DeploymentAdmission,
  ) {}

  /**
   * Relays a call to the deployments of its group. A buffered response is returned and not yet sent.
   * @throws GatehouseError `rate_limited` when the call is beyond a limit of its caller; `shutting_down`; a failure after which
   * nothing may be repeated
   */
  async relay(call: ReservedCall): Promise<GroupEnding> {
    const { client, group, settings, endpoint } = call;
    const numRetries = endpoint.maxRetries ?? settings.router.numRetries;
    const attempts = new Attempts(group.deployments, numRetries, Math.random);
    let answer: BufferedResponse | null = null;
    let failure: GatehouseError | null = null;
    for (let next = attempts.next(); next !== null && !client.isGone;) {
      await this.pause(next.pauseMs);
      const ending = await this.attemptWithin(call, next.deployment, attempts);
      if (ending.kind === 'delivered') return ending;
      if (ending.kind === 'answered') answer = ending.answer;
      failure = failureAfter(ending, failure, next.deployment);
      if (ending.kind === 'unanswered') {
        // What an earlier deployment answered is not the end of a call that may be billed by another.
        answer = null;
        // It received the request and may still work on it.
        attempts.exclude(next.deployment);
      }
      next = followingAttempt(ending, attempts);
    }
    if (client.isGone) return { kind: 'delivered' };
    if (answer !== null) return { kind: 'answered', answer };
    return { kind: 'failed', error: failure ?? (await this.refusalOfAll(call)) };
  }

  /** An attempt that counts against the limits of its deployment and the budget of its provider. */
  private async attemptWithin(
    call: ReservedCall,
    deployment: DeploymentSettings,
    attempts: Attempts,
  ): Promise<AttemptEnding | PassedOver> {
    const { cost } = call;
    const entered = this.deployments.enter(deployment, cost);
    const pass = entered instanceof Promise ? await entered : entered;
    if (pass === null || isGatehouseError(pass)) {
      attempts.passOver(deployment);
      return { kind: 'full', refusal: pass };
    }
    const before = cost.booked;
    let isUnsent = true;
    try {
      // Nothing refuses the call any more.
      const committed = call.access.admission.commit();
      if (committed instanceof Promise) await committed;
      isUnsent = false;
      const ending = await this.attemptDeployment(
        enteredCall(call, deployment, pass),
        deployment,
        attempts,
      );
      isUnsent = ending.kind === 'unsent';
      if (hasFailed(ending)) pass.failed();
      return ending;
    } finally {
      if (isUnsent) pass.cancel();
      else pass.release(useSince(before, cost.booked));
    }
  }

  /** No deployment was tried: each is at a limit. */
  private async refusalOfAll({ cost }: ReservedCall): Promise<GatehouseError> {
    const refusal = await this.deployments.refusal(cost.request);
    return refusal ?? new GatehouseError('rate_limited', { retryAfterSeconds: 1 });
  }

  private attemptDeployment(
    call: EnteredCall,
    deployment: DeploymentSettings,
    attempts: Attempts,
  ): Promise<AttemptEnding> {
    const prepared = prepareRequest(call, deployment, !this.usageRefusals.includes(deployment));
    const first = this.attemptOne(call, deployment, prepared);
    return prepared.addsStreamOptions
      ? this.withoutOptions(call, { deployment, first, attempts })
      : first;
  }

  /** One more attempt when the upstream refuses the `stream_options` that the gateway has added. */
  private async withoutOptions(
    call: EnteredCall,
    { deployment, first, attempts }: FirstAttempt,
  ): Promise<AttemptEnding> {
    const ending = await first;
    if (!mayRefuseOptions(ending)) return ending;
    attempts.addUncounted();
    const prepared = prepareRequest(call, deployment, false);
    const second = await this.attemptOne(call, deployment, prepared);
    if (isAccepted(second, call)) this.usageRefusals.add(deployment);
    return second;
  }

  private async attemptOne(
    call: EnteredCall,
    deployment: DeploymentSettings,
    { request, limits, dropsUsage }: PreparedRequest,
  ): Promise<AttemptEnding> {
    this.refuseWhileEnding();
    if (hasLeft(call)) return { kind: 'delivered' };
    const attempt = call.progress.nextAttempt();
    noteAttempt(call, deployment, attempt);
    const entry = this.accounting.open({
      access: call.access,
      cost: call.cost,
      admission: call.pass.admission,
      origin: call.origin,
      endpoint: call.endpoint,
      deployment,
      attempt,
      bodyBytes: request.body.length,
      units: call.endpoint.units?.count(call.request, null),
    });
    if (entry.opened !== null) await entry.opened;
    if (hasLeft(call) || this.unsettledCalls.isEnding) {
      await entry.release();
      if (hasLeft(call)) return { kind: 'delivered' };
      this.refuseWhileEnding();
    }
    const upstreamCall = this.upstream.send(request, limits);
    const stopWatching = watchClientAbort(upstreamCall, call.client, call.settings.spend);
    const stopListening = this.unsettledCalls.onEnding(() => {
      upstreamCall.abort('shutting_down');
    });
    try {
      const attempt = new RelayAttempt(call, deployment, upstreamCall, entry, dropsUsage);
      return await attempt.endOf(await upstreamCall.responded);
    } finally {
      stopWatching();
      stopListening();
      // Only a defect leaves it running; its connection must not be left behind.
      upstreamCall.abort('aborted');
    }
  }

  private refuseWhileEnding(): void {
    if (this.unsettledCalls.isEnding) throw new GatehouseError('shutting_down');
  }

  /** Waits, but not into the end of the process. */
  private async pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0 || this.unsettledCalls.isEnding) return;
    const ending = new AbortController();
    const stopListening = this.unsettledCalls.onEnding(() => {
      ending.abort();
    });
    await pause(milliseconds, ending.signal);
    stopListening();
  }
}

/** A call whose output is lowered to what its budgets and that of the provider bear. */
function enteredCall(
  call: ReservedCall,
  deployment: DeploymentSettings,
  pass: DeploymentPass,
): EnteredCall {
  const { cost, state } = call;
  const own = pass.heldPico ?? cost.heldPico;
  const outputLimit = call.outputLimitAt(deployment, own < cost.heldPico ? own : cost.heldPico);
  if (outputLimit !== null) {
    state.log['output_limit'] = outputLimit;
    state.trace?.passed('relay', `the output is lowered to ${String(outputLimit)} tokens`, CLAMP);
  }
  return { ...call, pass, outputLimit };
}

function noteAttempt(call: ReservedCall, deployment: DeploymentSettings, attempt: number): void {
  const { log } = call.state;
  log['deployment'] = deployment.id;
  log['attempts'] = attempt;
}
