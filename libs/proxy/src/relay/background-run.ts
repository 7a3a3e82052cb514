import { Logger } from '@nestjs/common';
import { formatUsd, type PicoUsd } from '#libs/common';
import type { MadeObject, UpstreamObject } from '#libs/objects';
import { isRunningResponse } from '../streaming/responses-format.js';
import { isSuccessStatus } from '../upstream/response-headers.js';
import type { AttemptEntry } from '../settlement/attempt-accounting.js';
import type { PlainResponse } from './plain-response.js';
import type { EnteredCall } from '../planning/relay-call.js';
import type {
  PendingResponse,
  ResponseSettlementsService,
} from '../settlement/response-settlements.service.js';

const logger = new Logger('UpstreamObjects');

/** A response that its upstream works on behind the call that has asked for it. */
export class BackgroundRun {
  private begun: { readonly object: UpstreamObject; readonly pending: PendingResponse } | null =
    null;

  /**
   * @param entry of its attempt, open
   * @param settlements books it when it has ended
   */
  constructor(
    private readonly call: EnteredCall,
    private readonly entry: AttemptEntry,
    private readonly settlements: ResponseSettlementsService,
  ) {}

  /** Remembers the response in the database, once its id is bound. Never rejects. */
  async begin(made: readonly MadeObject[]): Promise<void> {
    const response = made.find(({ kind }) => kind === 'response');
    if (response === undefined || this.begun !== null) return;
    const { deployment, group } = this.call;
    const { kind, id: upstreamId } = response;
    const object = { kind, upstreamId, deploymentId: deployment.id, modelGroup: group.name };
    const pending = this.pending();
    try {
      await this.settlements.flush();
      await this.settlements.begin(object, pending);
      this.begun = { object, pending };
    } catch (error) {
      logger.error(`response ${upstreamId} is not followed to its end: ${String(error)}`);
    }
  }

  /**
   * Leaves a response that has not ended to the settlements, with what is held for it.
   * @returns `false` where it cannot be followed; nothing is left then
   */
  handOver(): boolean {
    const { begun, call } = this;
    if (begun === null) return false;
    const { cost, pass, progress } = call;
    const { estimateInputTokens, outputTokensBound } = cost.request;
    // What it uses becomes known when the minute of its limits is long over.
    const tokens = estimateInputTokens() + (outputTokensBound ?? 0);
    cost.detach(tokens);
    pass.detach(tokens);
    progress.goesOn = true;
    this.settlements.hold(begun.object, { cost, pass });
    return true;
  }

  /** Leaves a response that was answered with its id: one that cannot be followed is booked with what is held for it. */
  async leave(): Promise<void> {
    if (!this.handOver()) await this.entry.settleAt(this.heldPico);
    const { state, progress, cost, visit } = this.call;
    state.booked = progress.bookedWith(cost);
    visit.answered(null);
  }

  /** Notes that the call itself has booked the response. Never rejects. */
  async booked(costPico: PicoUsd): Promise<void> {
    if (this.begun !== null)
      await this.settlements.booked(this.begun.object, this.begun.pending, costPico);
  }

  private get heldPico(): PicoUsd {
    return this.call.cost.shareOf(this.call.deployment);
  }

  private pending(): PendingResponse {
    const { endpoint, request, deployment } = this.call;
    const { requestId, attempt, startedAt } = this.entry.ref;
    return {
      ...{ requestId, attempt, startedAt: startedAt.toISOString() },
      heldUsd: formatUsd(this.heldPico),
      inputTokens: endpoint.estimateInput(request.scan),
      serviceTier: request.serviceTier,
      search: endpoint.searchesOf?.(deployment, request.scan, 1) ?? null,
    };
  }
}

/** Returns the run of a call that asks for one; `null` for any other. */
export function backgroundRunOf(
  call: EnteredCall,
  entry: AttemptEntry,
  settlements: ResponseSettlementsService,
): BackgroundRun | null {
  return call.request.isBackground === true ? new BackgroundRun(call, entry, settlements) : null;
}

/** Tells whether a successful response has not ended. */
export function goesOn(
  run: BackgroundRun | null,
  { head, failure, decoded }: PlainResponse,
): run is BackgroundRun {
  const isWhole = run !== null && failure === null && isSuccessStatus(head.status);
  return isWhole && decoded !== null && isRunningResponse(decoded);
}
