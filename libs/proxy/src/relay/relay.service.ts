import { Injectable, Logger } from '@nestjs/common';
import { isGatehouseError } from '#libs/common';
import type { Operation } from '../endpoints/request/endpoint.js';
import type { CallObjects } from '../routing/call-objects.js';
import { BatchStartsService } from './batch-starts.service.js';
import { FallbackChain, type FallbackKind } from '../routing/fallback-chain.js';
import { CallObjectsService, canonicalTarget } from '../planning/call-objects.service.js';
import { CallPlanningService } from '../planning/call-planning.service.js';
import { noteFallback, notePassedOver } from '../planning/decision-notes.js';
import { EarlierCallsService } from './earlier-calls.service.js';
import { fallbackKindOf, isRefusalOfGroup } from './fallback-kind.js';
import type { GroupEnding } from './group-ending.js';
import { GroupRelayService } from './group-relay.service.js';
import { watchRevocation } from './interruptions.js';
import {
  hasLeft,
  type PlannedCall,
  type RelayCall,
  type ReservedCall,
} from '../planning/relay-call.js';
import { UnsettledCalls } from './unsettled-calls.js';

const LATE_FAILURE = 'a call whose access was taken back failed';

/**
 * Relays a call: evaluate the body, admit the cost, try the deployments of the model group, and where none served the call
 * those of its fallbacks. The only orchestrator on this path.
 *
 * A fallback is tried only before anything has gone to the client. Its cost is admitted anew, after that of the group before it
 * is settled, so that nothing is held or counted twice.
 */
@Injectable()
export class RelayService {
  private readonly logger = new Logger('Relay');

  /**
   * @param planning everything that may refuse a call before its first write
   * @param groups tries the deployments of a group
   * @param earlier serves or refuses what was sent before
   * @param unsettledCalls counts calls until they are settled
   */
  constructor(
    private readonly planning: CallPlanningService,
    private readonly groups: GroupRelayService,
    private readonly earlier: EarlierCallsService,
    private readonly unsettledCalls: UnsettledCalls,
    private readonly objects: CallObjectsService,
    private readonly batches: BatchStartsService,
  ) {}

  /**
   * Relays a call. Resolves when the call is settled, which may be after its client has gone; rejects at once
   * when the caller's access is revoked before there is a response, while what was begun is settled
   * behind it.
   * @param call the caller and the request
   * @throws GatehouseError `request_invalid`, `model_unknown`, `model_not_allowed`, `price_unknown`,
   * `no_deployment_available`, `context_window_exceeded`, `budget_exceeded`, `rate_limited`, `upstream_unreachable`,
   * `upstream_timeout`, `upstream_invalid`, `upstream_credential_rejected`, `shutting_down`,
   * `idempotency_key_in_work`, `idempotency_key_used`, `idempotency_key_reused`, the reason of a revocation, while nothing was sent to the client
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
    this.unsettledCalls.refuseWhileEnding();
    const planned = this.planning.plan(endpoint, await this.withObjects(endpoint, call));
    const begun = this.earlier.begin(planned);
    if (begun !== null) await begun;
    try {
      const ending = await this.serve(planned);
      // Before its client learns of a failure and sends the request again.
      if (!isServed(ending)) await this.earlier.end(planned);
      finish(call, ending);
      const kept = this.earlier.keep(planned);
      if (kept !== null) await kept;
    } finally {
      const ended = this.earlier.end(planned);
      if (ended !== null) await ended;
    }
  }

  private async serve(planned: PlannedCall): Promise<GroupEnding> {
    const relay = (): Promise<GroupEnding> => this.relayGroup(planned);
    const ending = await (planned.endpoint.batch === undefined
      ? relay()
      : this.batches.relay(planned, relay));
    const kind = fallbackKindOf(ending);
    return kind === null ? ending : this.fallBack(planned, ending, kind);
  }

  /** An object that a call names decides about its deployment, so that objects are found before anything else is decided. */
  private withObjects(endpoint: Operation, call: RelayCall): RelayCall | Promise<RelayCall> {
    if (endpoint.objects === undefined) return call;
    const { access: caller, state, target, measured } = call;
    const path = canonicalTarget(endpoint.method ?? 'POST', target);
    const named = { path, body: state.scan ?? null, caller, inLines: measured?.batch?.named ?? [] };
    const found = this.objects.of(endpoint, named);
    const withFound = (objects: CallObjects): RelayCall => ({ ...call, objects });
    return found instanceof Promise ? found.then(withFound) : withFound(found);
  }

  /** Tries the deployments of the group of a call. */
  private async relayGroup(planned: PlannedCall): Promise<GroupEnding> {
    const admitted = this.planning.admit(planned);
    const reserved = admitted instanceof Promise ? await admitted : admitted;
    if (isGatehouseError(reserved)) {
      notePassedOver(planned.state.trace, planned.group.name, reserved);
      return { kind: 'failed', error: reserved };
    }
    try {
      return hasLeft(reserved) ? { kind: 'delivered' } : await this.relayReserved(reserved);
    } finally {
      if (!planned.progress.goesOn) reserved.cost.release();
      planned.progress.leaveGroup(reserved.cost);
    }
  }

  private relayReserved(call: ReservedCall): Promise<GroupEnding> {
    call.progress.enterGroup();
    noteGroup(call);
    const served = this.earlier.serve(call);
    if (served === null) return this.groups.relay(call);
    return served.then((ending) => ending ?? this.groups.relay(call));
  }

  /**
   * Tries the fallbacks of a call.
   * @param first how its own group ended: the ending of the call where no fallback serves it
   */
  private async fallBack(
    planned: PlannedCall,
    first: GroupEnding,
    kind: FallbackKind,
  ): Promise<GroupEnding> {
    const { fallbacks, group, progress } = planned;
    const chain = new FallbackChain(fallbacks, group);
    chain.failed(group, kind);
    for (let target = chain.next(0); target !== null; target = chain.next(progress.fallbacks)) {
      if (hasLeft(planned)) return { kind: 'delivered' };
      this.unsettledCalls.refuseWhileEnding();
      const ending = await this.relayFallback(planned, target, chain);
      if (ending !== null && isServed(ending)) return ending;
    }
    return first;
  }

  /** Tries one fallback; `null` where it is passed over, because the caller may not use it or a limit refuses it. */
  private async relayFallback(
    planned: PlannedCall,
    target: string,
    chain: FallbackChain,
  ): Promise<GroupEnding | null> {
    try {
      const following = this.planning.planFallback(planned, target);
      if (!chain.enter(following.group)) return null;
      const ending = await this.relayGroup(following);
      const kind = fallbackKindOf(ending);
      if (kind !== null) chain.failed(following.group, kind);
      return ending;
    } catch (error) {
      if (!isGatehouseError(error) || !isRefusalOfGroup(error)) throw error;
      notePassedOver(planned.state.trace, target, error);
      return null;
    }
  }
}

/** Whether nothing more is to be tried: the call was served, or its client has gone. */
function isServed(ending: GroupEnding): boolean {
  return ending.kind === 'delivered' || (ending.kind === 'answered' && ending.answer.status < 400);
}

/** Sends what a call has ended with. A client that has gone needs no error. */
function finish({ client }: RelayCall, ending: GroupEnding): void {
  if (ending.kind === 'failed' && !client.isGone) throw ending.error;
  if (ending.kind !== 'answered') return;
  const { status, headers, body } = ending.answer;
  client.send(status, headers, body);
}

function noteGroup({ group, progress, client, state }: ReservedCall): void {
  client.setHeader('x-litellm-attempted-fallbacks', String(progress.fallbacks));
  if (progress.fallbacks === 0) return;
  state.log['fallback'] = group.name;
  noteFallback(state.trace, group.name);
}
