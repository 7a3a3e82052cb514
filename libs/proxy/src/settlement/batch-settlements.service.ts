import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock, type PicoUsd } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import { PendingObjectsService } from '#libs/objects';
import { PriceBook, SpendRecorder, type CallRef } from '#libs/spend';
import { batchEndpointOf } from '../endpoints/objects/batch-input.js';
import { BatchOutput, type BatchTotals } from './batch-output.js';
import {
  ObjectSettlements,
  releaseHold,
  type EndedWork,
  type PendingWork,
  type Shown,
  type WorkHold,
} from './object-settlements.js';
import { UpstreamFilesService } from './upstream-files.service.js';

/** What of a batch is needed to book it. */
interface PendingBatch extends PendingWork {
  /** Operation of its requests. */
  readonly route: string;
}

const INTERVAL_MS = 15_000;
const NOTHING: BatchTotals = { usage: null, costPico: 0n, isPriced: true, isSuspect: false };
const GONE: Shown = { status: 'failed' };

/** Most take minutes to hours. One that has ended changes no more: https://platform.openai.com/docs/guides/batch. */
const FOLLOWED = {
  kind: 'batch',
  route: '/batches',
  pollMs: 60_000,
  ended: new Set<unknown>(['completed', 'failed', 'expired', 'cancelled']),
} as const;

/** Books batches when they have ended, by the results of their requests. */
@Injectable()
export class BatchSettlementsService extends ObjectSettlements<PendingBatch> {
  /** @param priceBook prices of the deployments that have run them */
  constructor(
    objects: PendingObjectsService,
    files: UpstreamFilesService,
    recorder: SpendRecorder,
    private readonly priceBook: PriceBook,
    settings: SettingsStore,
    clock: Clock,
  ) {
    super({ objects, files, recorder, settings, clock }, FOLLOWED);
  }

  /** Asks about batches that are due. */
  @Interval('batches.poll', INTERVAL_MS)
  async run(): Promise<void> {
    await this.follow();
  }

  /** Books what was held for a batch that cannot be followed. */
  async bookHeld(ref: CallRef, hold: WorkHold): Promise<void> {
    const costPico = hold.cost.heldPico;
    const totals = { ...NOTHING, costPico, isSuspect: true };
    await this.record(ref, totals, { succeeded: true, isExact: false });
    releaseHold(hold, costPico);
  }

  protected override async book(
    { object, pending, deployment, ref }: EndedWork<PendingBatch>,
    found: Shown | null,
  ): Promise<PicoUsd | null> {
    const shown = found ?? GONE;
    const { output_file_id: output, error_file_id: errors, status } = shown;
    if (isOutputLate(shown)) return null;
    const totals = isId(output) ? await this.totalsOf(deployment, pending, output) : NOTHING;
    if (totals === null) return null;
    const made = [output, errors].filter(isId).map((id) => ({ kind: 'file' as const, id }));
    await this.parts.objects.bindBeside(object, made);
    await this.record(ref, totals, { succeeded: status === 'completed', isExact: true });
    return totals.costPico;
  }

  private async totalsOf(
    deployment: DeploymentSettings,
    { route }: PendingBatch,
    fileId: string,
  ): Promise<BatchTotals | null> {
    const endpoint = batchEndpointOf(route);
    if (endpoint === null) return null;
    const prices = this.priceBook.find(deployment);
    const { billing } = endpoint;
    const output = new BatchOutput({ prices, billing, provider: deployment.provider });
    const failure = await this.parts.files.read(deployment, fileId, output);
    if (failure === null) return output.finish();
    this.logger.warn(`the results ${fileId} of a batch could not be read: ${failure}`);
    return null;
  }

  private async record(
    ref: CallRef,
    { usage, costPico, isPriced, isSuspect }: BatchTotals,
    { succeeded, isExact }: { readonly succeeded: boolean; readonly isExact: boolean },
  ): Promise<void> {
    const { recorder, clock } = this.parts;
    const usageSource = isExact ? (usage === null ? 'none' : 'provider') : 'estimate';
    const facts = { usage, usageSource, costPico, isPriced, isSuspect, succeeded } as const;
    await recorder.settle(ref, { ...facts, endedAt: clock.now(), upstreamStatus: 200 });
  }
}

/** A batch may say that it is complete a moment before its results are there. */
function isOutputLate({ status, output_file_id: output, request_counts: counts }: Shown): boolean {
  const { completed } = (counts ?? {}) as { readonly completed?: unknown };
  return status === 'completed' && !isId(output) && typeof completed === 'number' && completed > 0;
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id !== '';
}
