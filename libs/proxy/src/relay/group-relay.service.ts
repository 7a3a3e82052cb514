import { Injectable } from '@nestjs/common';
import { isGatehouseError, pause } from '#libs/common';
import { isOfClient, type DeploymentSettings } from '#libs/config';
import { DeploymentAdmission, type DeploymentPass } from '#libs/spend';
import type { AttemptFailure } from '../routing/attempt-failure.js';
import { DeploymentRoutingService } from '../routing/deployment-routing.service.js';
import type { DeploymentVisit } from '../routing/deployment-visit.js';
import type { Attempts, NextAttempt } from '../routing/retries.js';
import { failureOfEnding, failureOfError, useSince, type PassedOver } from './attempt-endings.js';
import { groupEndingAfter, type GroupEnding } from './group-ending.js';
import { noteLeftOut } from '../planning/decision-notes.js';
import { DeploymentCallService } from './deployment-call.service.js';
import type { AttemptEnding } from '../settlement/attempt-ending.js';
import { hasLeft, type EnteredCall, type ReservedCall } from '../planning/relay-call.js';
import { UnsettledCalls } from './unsettled-calls.js';

type TriedEnding = AttemptEnding | PassedOver;

const DELIVERED: GroupEnding = { kind: 'delivered' };
const CLAMP = 'gatehouse.budgets.clamp_output';
const RETRIES_HEADER = 'x-litellm-attempted-retries';

/**
 * Tries the deployments of the group of a call, until one has served it or none is left. Another attempt follows only before
 * anything has gone to the client.
 */
@Injectable()
export class GroupRelayService {
  /**
   * @param deployments the limits of deployments and the budgets of their providers
   */
  constructor(
    private readonly routing: DeploymentRoutingService,
    private readonly deployments: DeploymentAdmission,
    private readonly calls: DeploymentCallService,
    private readonly unsettledCalls: UnsettledCalls,
  ) {}

  /**
   * Relays a call to the deployments of its group. A buffered response is returned and not yet sent.
   * @throws GatehouseError `upstream_timeout`, `upstream_invalid`, `shutting_down` where nothing may follow
   */
  async relay(call: ReservedCall): Promise<GroupEnding> {
    const attempts = this.routing.attemptsOf(call);
    const leftOut = this.routing.leftOutOf(call.group);
    try {
      return await this.runAttempts(call, attempts, leftOut);
    } finally {
      noteLeftOut(call.state.trace, call.settings.router.strategy, leftOut);
    }
  }

  private async runAttempts(
    call: ReservedCall,
    attempts: Attempts,
    leftOut: string[],
  ): Promise<GroupEnding> {
    let last: GroupEnding | null = null;
    for (let next = attempts.first(); next !== null && !hasLeft(call);) {
      await this.pause(next.pauseMs);
      const { deployment } = next;
      const ending = await this.attemptWithin(call, deployment, attempts);
      if (ending.kind === 'delivered') return DELIVERED;
      const failure = failureOfEnding(ending);
      last = groupEndingAfter(last, ending, deployment);
      if (failure === null && ending.kind !== 'full') break;
      leftOut.push(leftOutBy(ending, failure, deployment));
      const final = finalEnding(call, ending, last);
      if (final !== null) return final;
      next = followingAttempt(attempts, deployment, failure);
    }
    return this.endingOf(call, last);
  }

  /** A response that came behind its client may be kept for the next one. */
  private async endingOf(call: ReservedCall, last: GroupEnding | null): Promise<GroupEnding> {
    if (hasLeft(call) && last?.kind !== 'answered') return DELIVERED;
    return last ?? { kind: 'failed', error: await this.routing.refusalOfAll(call) };
  }

  /** An attempt that counts against the limits of its deployment and the budget of its provider. */
  private async attemptWithin(
    call: ReservedCall,
    deployment: DeploymentSettings,
    attempts: Attempts,
  ): Promise<TriedEnding> {
    const entered = this.deployments.enter(deployment, call.cost);
    const pass = entered instanceof Promise ? await entered : entered;
    if (pass === null || isGatehouseError(pass)) return { kind: 'full', refusal: pass };
    const before = call.cost.booked;
    const visit = this.routing.visit(call, deployment);
    let isUnsent = true;
    try {
      // Nothing refuses the call any more.
      const committed = call.access.admission.commit();
      if (committed instanceof Promise) await committed;
      isUnsent = false;
      const ending = await this.callDeployment(
        enteredCall(call, deployment, pass, visit),
        attempts,
      );
      isUnsent = ending.kind === 'unsent';
      return ending;
    } finally {
      const use = useSince(before, call.cost.booked);
      visit.ended(use.tokens);
      if (isUnsent) pass.cancel();
      else if (!call.progress.goesOn) pass.release(use);
    }
  }

  /** Notes a failure of the deployment, also one after which the call ends. */
  private async callDeployment(call: EnteredCall, attempts: Attempts): Promise<AttemptEnding> {
    call.client.setHeader(RETRIES_HEADER, String(attempts.retries));
    try {
      const ending = await this.calls.attempt(call, attempts);
      this.note(call, failureOfEnding(ending));
      return ending;
    } catch (error) {
      this.note(call, failureOfError(error));
      throw error;
    }
  }

  private note({ visit, pass, group }: EnteredCall, failed: AttemptFailure | null): void {
    if (failed === null) return;
    const { failure, requestedMs } = failed;
    visit.failed({ failure, requestedMs, groupSize: group.deployments.length });
    if (!isOfClient(failure)) pass.failed();
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
  visit: DeploymentVisit,
): EnteredCall {
  const { cost, state } = call;
  const own = pass.heldPico ?? cost.heldPico;
  const outputLimit = call.outputLimitAt(deployment, own < cost.heldPico ? own : cost.heldPico);
  if (outputLimit !== null) {
    state.log['output_limit'] = outputLimit;
    state.trace?.passed('relay', `the output is lowered to ${String(outputLimit)} tokens`, CLAMP);
  }
  return { ...call, deployment, pass, visit, outputLimit };
}

/** Returns the ending of a call that must not be repeated; `null` for any other. */
function finalEnding(
  call: ReservedCall,
  ending: TriedEnding,
  last: GroupEnding | null,
): GroupEnding | null {
  if (last === null || last.kind === 'delivered' || !mayHaveMade(call, ending)) return null;
  return { ...last, isFinal: true };
}

/**
 * Whether an upstream may keep what a call makes although it has failed, so that another attempt would make it twice. A refusal
 * (4xx) says that it does not.
 */
function mayHaveMade({ endpoint, request }: ReservedCall, ending: TriedEnding): boolean {
  if (endpoint.objects?.made?.isKept(request) !== true) return false;
  return (
    ending.kind === 'unanswered' || (ending.kind === 'answered' && ending.answer.status >= 500)
  );
}

/**
 * Returns the attempt that follows one that did not serve the call; `null` when none is left.
 * @param failure `null` for a deployment that was passed over
 */
function followingAttempt(
  attempts: Attempts,
  deployment: DeploymentSettings,
  failure: AttemptFailure | null,
): NextAttempt | null {
  return failure === null ? attempts.insteadOf(deployment) : attempts.after(deployment, failure);
}

function leftOutBy(
  ending: TriedEnding,
  failed: AttemptFailure | null,
  { id }: DeploymentSettings,
): string {
  if (failed !== null) return `${id} has failed (${failed.failure})`;
  const isBudget = ending.kind === 'full' && ending.refusal !== null;
  return `${id} is at ${isBudget ? 'the budget of its provider' : 'a limit'}`;
}
