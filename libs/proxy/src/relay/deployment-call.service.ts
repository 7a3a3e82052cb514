import { Injectable } from '@nestjs/common';
import { isGatehouseError } from '#libs/common';
import { UpstreamObjectsService } from '#libs/objects';
import type { Attempts } from '../routing/retries.js';
import { SigningTransport } from '../clouds/signing-transport.service.js';
import type { ResponseHead } from '../upstream/upstream-call.js';
import { UsageRefusals } from '../upstream/refusals.js';
import { AttemptAccounting } from '../settlement/attempt-accounting.js';
import { isAccepted, mayRefuseOptions } from './attempt-endings.js';
import { watchClientAbort } from './interruptions.js';
import type { AttemptEnding } from '../settlement/attempt-ending.js';
import { backgroundRunOf } from './background-run.js';
import { ResponseObjects } from './response-objects.js';
import { ResponseSettlementsService } from '../settlement/response-settlements.service.js';
import { RelayAttempt } from './relay-attempt.js';
import { hasLeft, type EnteredCall } from '../planning/relay-call.js';
import { UnsettledCalls } from './unsettled-calls.js';
import { prepareRequest, type PreparedRequest } from './upstream-request.js';

/** An attempt whose `stream_options` the upstream may refuse. */
interface FirstAttempt {
  readonly first: Promise<AttemptEnding>;
  readonly attempts: Attempts;
}

/** The client has disconnected, so that nothing is sent. */
const LEFT: AttemptEnding = { kind: 'delivered', failure: null };
/** Stands for the response of an upstream that was not asked, because the gateway has no credential for it. */
const NO_CREDENTIAL: ResponseHead = { status: 401, headers: {} };

/** Makes attempts at one deployment: records the intent, calls, copies the response through, records the spend. */
@Injectable()
export class DeploymentCallService {
  /**
   * @param usageRefusals upstreams that refuse `stream_options`
   * @param unsettledCalls tells when the process ends
   * @param settlements books responses that end behind their calls
   */
  constructor(
    private readonly accounting: AttemptAccounting,
    private readonly upstream: SigningTransport,
    private readonly usageRefusals: UsageRefusals,
    private readonly unsettledCalls: UnsettledCalls,
    private readonly objects: UpstreamObjectsService,
    private readonly settlements: ResponseSettlementsService,
  ) {}

  /**
   * Makes an attempt, and another one without the `stream_options` that the gateway has added where the upstream refuses them.
   * @param attempts those of the call, this one included
   * @throws GatehouseError `upstream_timeout`, `upstream_invalid`, `shutting_down` where nothing may follow
   */
  attempt(call: EnteredCall, attempts: Attempts): Promise<AttemptEnding> {
    const { deployment } = call;
    if (call.attempt !== undefined) return call.attempt(call);
    const prepared = prepareRequest(call, deployment, !this.usageRefusals.includes(deployment));
    const first = this.attemptOne(call, prepared);
    return prepared.addsStreamOptions ? this.withoutOptions(call, { first, attempts }) : first;
  }

  /** One more attempt when the upstream refuses the `stream_options` that the gateway has added. */
  private async withoutOptions(
    call: EnteredCall,
    { first, attempts }: FirstAttempt,
  ): Promise<AttemptEnding> {
    const { deployment } = call;
    const ending = await first;
    if (!mayRefuseOptions(ending)) return ending;
    attempts.addUncounted();
    const second = await this.attemptOne(call, prepareRequest(call, deployment, false));
    if (isAccepted(second, call)) this.usageRefusals.add(deployment);
    return second;
  }

  /** The usage of a response can only be read while its upstream has it. */
  private async checkRemoved({ objects: { inPath } }: EnteredCall): Promise<void> {
    if (inPath !== null) await this.settlements.check(inPath);
  }

  private async attemptOne(call: EnteredCall, prepared: PreparedRequest): Promise<AttemptEnding> {
    this.unsettledCalls.refuseWhileEnding();
    if (hasLeft(call)) return LEFT;
    if (call.endpoint.background === 'removes') await this.checkRemoved(call);
    const signing = this.upstream.signed(call.deployment, prepared.request);
    const request = signing instanceof Promise ? await signing : signing;
    if (isGatehouseError(request)) return { kind: 'rejected', error: request, head: NO_CREDENTIAL };
    return hasLeft(call) ? LEFT : this.send(call, { ...prepared, request });
  }

  private async send(
    call: EnteredCall,
    { request, limits, dropsUsage, dropped, start }: PreparedRequest,
  ): Promise<AttemptEnding> {
    const attempt = call.progress.nextAttempt();
    noteAttempt(call, attempt, dropped);
    const entry = this.accounting.open({
      access: call.access,
      cost: call.cost,
      admission: call.pass.admission,
      origin: call.origin,
      endpoint: call.endpoint,
      deployment: call.deployment,
      attempt,
      bodyBytes: request.body.length,
      units: call.endpoint.units?.count(call.request, null) ?? undefined,
      isBackground: call.request.isBackground === true,
    });
    if (entry.opened !== null) await entry.opened;
    if (hasLeft(call) || this.unsettledCalls.isEnding) {
      await entry.release();
      if (hasLeft(call)) return LEFT;
      this.unsettledCalls.refuseWhileEnding();
    }
    call.visit.sent();
    const upstreamCall = start(request, (made) => this.upstream.send(made, limits));
    const stopWatching = watchClientAbort(upstreamCall, call.client, call.settings.spend);
    const stopListening = this.unsettledCalls.onEnding(() => {
      upstreamCall.abort('shutting_down');
    });
    try {
      const run = backgroundRunOf(call, entry, this.settlements);
      const objects = new ResponseObjects(call, this.objects, {
        run,
        settlements: this.settlements,
      });
      const attempt = new RelayAttempt(call, upstreamCall, entry, { dropsUsage, objects, run });
      return await attempt.endOf(await upstreamCall.responded);
    } finally {
      stopWatching();
      stopListening();
      // Only a defect leaves it running; its connection must not be left behind.
      upstreamCall.abort('aborted');
    }
  }
}

function noteAttempt(
  { deployment, request, state }: EnteredCall,
  attempt: number,
  untold: readonly string[],
): void {
  const { log } = state;
  log['deployment'] = deployment.id;
  log['attempts'] = attempt;
  const listed = deployment.droppedMembers.filter((name) => request.scan.has(name));
  const dropped = [...listed, ...untold];
  if (dropped.length > 0) log['dropped'] = dropped.join(',');
}
