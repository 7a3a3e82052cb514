import { Injectable, Logger } from '@nestjs/common';
import { Clock, GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { SpendRecorder, type CallRef } from '#libs/spend';
import { NO_DEPLOYMENT_LIMITS } from '../routing/bare-deployment.js';
import { invalidParameter } from '../endpoints/request/request-values.js';
import type { GroupEnding } from './group-ending.js';
import type { WorkHold } from '../settlement/object-settlements.js';
import type { PlannedCall } from '../planning/relay-call.js';
import { groupForObjects } from '../routing/call-objects.js';
import { CallObjectsService } from '../planning/call-objects.service.js';
import { requireModelOfLines } from '../planning/batch-model.js';
import { BatchAdmissionsService } from './batch-admissions.service.js';
import {
  batchEndpointOf,
  readBatchInput,
  type BatchInput,
} from '../endpoints/objects/batch-input.js';
import { BatchSettlementsService } from '../settlement/batch-settlements.service.js';
import { shownObject } from '../endpoints/ids/kept-object-format.js';
import { intentFacts } from '../settlement/intent-facts.js';
import { UpstreamFilesService } from '../settlement/upstream-files.service.js';

const CALL_TYPE = 'aretrieve_batch';

/** A batch whose cost is held, not yet made. */
interface HeldBatch extends WorkHold {
  readonly ref: CallRef;
  readonly route: string;
  readonly deployment: DeploymentSettings;
}

/** Starts batches: the upper bound of their cost is held before, and stays held until they have ended. */
@Injectable()
export class BatchStartsService {
  private readonly logger = new Logger('Batches');

  /**
   * @param settlements books the batch when it has ended
   * @param clock the start of its entry
   */
  constructor(
    private readonly files: UpstreamFilesService,
    private readonly settlements: BatchSettlementsService,
    private readonly admissions: BatchAdmissionsService,
    private readonly recorder: SpendRecorder,
    private readonly clock: Clock,
    private readonly objects: CallObjectsService,
  ) {}

  /**
   * Relays a call that may start a batch, or show one that has ended: that is booked before the client learns of it.
   * @param relay sends the request to the upstream
   * @throws GatehouseError as {@link start}
   */
  async relay(planned: PlannedCall, relay: () => Promise<GroupEnding>): Promise<GroupEnding> {
    if (planned.endpoint.batch === 'starts') return this.start(planned, relay);
    const ending = await relay();
    const { inPath } = planned.objects;
    if (inPath !== null && ending.kind === 'answered')
      await this.settlements.noticed(inPath, ending.answer.body);
    return ending;
  }

  /**
   * Starts a batch.
   * @param relay makes the batch at the upstream
   * @throws GatehouseError `request_invalid`, `model_not_allowed`, `price_unknown`, `budget_exceeded`; nothing is made then
   */
  private async start(
    planned: PlannedCall,
    relay: () => Promise<GroupEnding>,
  ): Promise<GroupEnding> {
    const [deployment] = planned.group.deployments;
    const [file] = planned.objects.inBody;
    if (deployment === undefined || file === undefined)
      throw invalidParameter('input_file_id', '"input_file_id" must be the id of a file.');
    requireModelOfLines(file.modelGroup, planned.access, planned.settings);
    const input = await this.inputOf(planned, deployment, file.upstreamId);
    await this.requireOwn(planned, input);
    const held = await this.hold(planned, deployment, input);
    let ending: GroupEnding;
    try {
      ending = await relay();
    } catch (error) {
      await this.giveUp(held);
      throw error;
    }
    const id = ending.kind === 'answered' ? batchIdOf(ending.answer) : null;
    if (id === null) await this.giveUp(held);
    else await this.keep(held, planned.group.name, id);
    return ending;
  }

  /** The input is read again and not remembered: the upstream has what was checked when it was uploaded. */
  private async inputOf(
    { state }: PlannedCall,
    deployment: DeploymentSettings,
    fileId: string,
  ): Promise<BatchInput> {
    const chunks: Buffer[] = [];
    const failure = await this.files.read(deployment, fileId, {
      push: (chunk) => void chunks.push(Buffer.from(chunk)),
    });
    if (failure !== null)
      throw new GatehouseError('upstream_invalid', {
        context: { deployment: deployment.id, failure: `input file: ${failure}` },
      });
    const input = await readBatchInput(Buffer.concat(chunks));
    if (input.model !== deployment.upstreamModel)
      throw invalidParameter('input_file_id', 'The file must be uploaded with purpose "batch".');
    if (batchEndpointOf(state.scan?.value('endpoint')) !== input.endpoint)
      throw invalidParameter('endpoint', '"endpoint" must be the "url" of the requests.');
    return input;
  }

  /** What the requests name may have been deleted since, and the file may be that of another caller of the team. */
  private async requireOwn(
    { access, group, settings }: PlannedCall,
    { named }: BatchInput,
  ): Promise<void> {
    groupForObjects(group, { inBody: await this.objects.all(named, access) }, settings);
  }

  private async hold(
    planned: PlannedCall,
    listed: DeploymentSettings,
    { endpoint, lines }: BatchInput,
  ): Promise<HeldBatch> {
    const { access, settings, progress, origin } = planned;
    // A batch has limits of its own at the upstream, and must not hold a place of a call for a day.
    const deployment = { ...listed, limits: NO_DEPLOYMENT_LIMITS };
    const { billing, route } = endpoint;
    const place = { deployment, billing, settings };
    const admitted = await this.admissions.admit(planned, lines, place);
    const { cost, pass } = admitted;
    progress.leaveGroup(cost);
    const { requestId } = access;
    const ref = { requestId, attempt: progress.nextAttempt(), startedAt: this.clock.now() };
    const opened = this.recorder.open({
      ...{ ...ref, ...pass.admission },
      ...intentFacts({ access, cost, origin, deployment }, CALL_TYPE),
      // What is not known yet counts whole, also while no process holds it.
      ...{ reservedPico: cost.heldPico, expectedPico: cost.heldPico },
      ...{ expectedInputTokens: 0, expectedOutputTokens: 0 },
    });
    const held = { ref, route, deployment, cost, pass };
    try {
      if (opened !== null) await opened;
    } catch (error) {
      release(held);
      throw error;
    }
    return held;
  }

  /** The batch is known in the database, with what is held for it, before its id reaches the client. */
  private async keep(held: HeldBatch, modelGroup: string, upstreamId: string): Promise<void> {
    const { ref, route, deployment, cost, pass } = held;
    const { requestId, attempt, startedAt } = ref;
    const object = { kind: 'batch', upstreamId, deploymentId: deployment.id, modelGroup } as const;
    const pending = { requestId, attempt, startedAt: startedAt.toISOString(), route };
    try {
      await this.recorder.flush();
      await this.settlements.begin(object, pending);
      this.settlements.hold(object, { cost, pass });
    } catch (error) {
      this.logger.error(
        `batch ${upstreamId} is booked with what was held for it: ${String(error)}`,
      );
      await this.settlements.bookHeld(ref, { cost, pass });
    }
  }

  private async giveUp(held: HeldBatch): Promise<void> {
    release(held);
    await this.recorder.release(held.ref);
  }
}

function release({ cost, pass }: Pick<HeldBatch, 'cost' | 'pass'>): void {
  pass.cancel();
  cost.release();
}

function batchIdOf({ status, body }: { readonly status: number; readonly body: Buffer }) {
  const id = status < 300 ? shownObject(body)?.['id'] : null;
  return typeof id === 'string' ? id : null;
}
