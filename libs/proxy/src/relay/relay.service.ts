import { Injectable, Logger } from '@nestjs/common';
import { GatehouseError, isGatehouseError, pause } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { DeploymentAdmission, type DeploymentPass } from '#libs/spend';
import type { Operation } from '../endpoints/endpoint.js';
import { Attempts } from '../routing/retries.js';
import { UpstreamTransport } from '../upstream/upstream-call.js';
import { UsageRefusals } from '../upstream/refusals.js';
import { watchClientAbort, watchRevocation } from './interruptions.js';
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
import { CallPlanningService } from './call-planning.service.js';
import { RelayAttempt, type AttemptEnding, type BufferedResponse } from './relay-attempt.js';
import type { EnteredCall, RelayCall, ReservedCall } from './relay-call.js';
import { UnsettledCalls } from './unsettled-calls.js';
import { prepareRequest, type PreparedRequest } from './upstream-request.js';

/** An attempt with everything that it sends. */
interface PreparedAttempt {
  readonly deployment: DeploymentSettings;
  /** 1 for the first of the call. */
  readonly number: number;
  readonly prepared: PreparedRequest;
}

/** An attempt whose `stream_options` the upstream may refuse. */
interface FirstAttempt {
  readonly deployment: DeploymentSettings;
  readonly first: Promise<AttemptEnding>;
  readonly attempts: Attempts;
}

const CLAMP = 'gatehouse.budgets.clamp_output';
const LATE_FAILURE = 'a call whose access was taken back failed';

/**
 * Relays a call: evaluate the body, admit the cost, choose a deployment, record the intent, call, copy the
 * answer through, record the spend. The only orchestrator on this path.
 *
 * Another attempt follows only before anything has gone to the client: when no byte can have reached the
 * upstream, when it answered with a retryable status, and, at another deployment alone, when no head of
 * its response came. Every attempt that was sent has its own line in the ledger.
 */
@Injectable()
export class RelayService {
  private readonly logger = new Logger('Relay');

  /**
   * @param planning everything that may refuse a call before its first write
   * @param usageRefusals upstreams that refuse `stream_options`
   * @param unsettledCalls counts calls until they are settled
   */
  constructor(
    private readonly planning: CallPlanningService,
    private readonly accounting: AttemptAccounting,
    private readonly upstream: UpstreamTransport,
    private readonly usageRefusals: UsageRefusals,
    private readonly unsettledCalls: UnsettledCalls,
    private readonly deployments: DeploymentAdmission,
  ) {}

  /**
   * Relays a call. Resolves when the call is settled, which may be after its client has gone; rejects at once
   * when the caller's access is revoked before there is a response, while what was begun is settled
   * behind it.
   * @param call the caller and the request
   * @throws GatehouseError `request_invalid`, `model_unknown`, `model_not_allowed`, `price_unknown`,
   * `no_deployment_available`, `budget_exceeded`, `rate_limited`, `upstream_unreachable`,
   * `upstream_timeout`, `upstream_invalid`, `upstream_credential_rejected`, `shutting_down`, the
   * reason of a revocation, while nothing was sent to the client
   */
  relay(endpoint: Operation, call: RelayCall): Promise<void> {
    return new Promise((resolve, reject) => {
      call.access.withdrawal.requireNone();
      let isRefused = false;
      const stopWatching = watchRevocation(call, (error) => {
        isRefused = true;
        reject(error);
      });
      const settled = this.unsettledCalls.track(() => this.run(endpoint, call));
      settled.then(
        () => {
          stopWatching();
          resolve();
        },
        (error: unknown) => {
          stopWatching();
          if (isGatehouseError(error)) call.state.trace?.refusedByLimit(error);
          // The client of a revoked call already has its refusal.
          if (isRefused) this.logger.warn(`${LATE_FAILURE}: ${String(error)}`);
          else resolve(settled);
        },
      );
    });
  }

  private async run(endpoint: Operation, call: RelayCall): Promise<void> {
    this.refuseWhileEnding();
    const admitted = this.planning.admit(this.planning.plan(endpoint, call));
    const reserved = admitted instanceof Promise ? await admitted : admitted;
    try {
      if (!hasLeft(reserved)) await this.attempt(reserved);
    } finally {
      reserved.cost.release();
    }
  }

  private async attempt(call: ReservedCall): Promise<void> {
    const { client, group, settings, endpoint } = call;
    const numRetries = endpoint.maxRetries ?? settings.router.numRetries;
    const attempts = new Attempts(group.deployments, numRetries, Math.random);
    let answer: BufferedResponse | null = null;
    let failure: GatehouseError | null = null;
    for (let next = attempts.next(); next !== null && !client.isGone;) {
      await this.pause(next.pauseMs);
      const ending = await this.attemptWithin(call, next.deployment, attempts);
      if (ending.kind === 'delivered') return;
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
    if (client.isGone) return;
    if (answer === null) throw failure ?? (await this.refusalOfAll(call));
    client.send(answer.status, answer.headers, answer.body);
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
    const first = this.attemptOne(call, { deployment, number: attempts.count, prepared });
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
    const second = await this.attemptOne(call, {
      deployment,
      number: attempts.count,
      prepared: prepareRequest(call, deployment, false),
    });
    if (isAccepted(second, call)) this.usageRefusals.add(deployment);
    return second;
  }

  private async attemptOne(
    call: EnteredCall,
    { deployment, number: attempt, prepared }: PreparedAttempt,
  ): Promise<AttemptEnding> {
    this.refuseWhileEnding();
    if (hasLeft(call)) return { kind: 'delivered' };
    noteAttempt(call, deployment, attempt);
    const { request, limits, dropsUsage } = prepared;
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

/** Checked again after every wait: the client may disconnect, or be dismissed, at any time. */
function hasLeft({ client }: ReservedCall): boolean {
  return client.isGone;
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
