import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock, formatUsd, parseUsd, within, type PicoUsd } from '#libs/common';
import { SettingsStore, type DeploymentSettings } from '#libs/config';
import { PendingObjectsService, type PendingObject, type UpstreamObject } from '#libs/objects';
import {
  PriceBook,
  SpendRecorder,
  type CallRef,
  type CostReservation,
  type DeploymentPass,
} from '#libs/spend';
import { keeperOf } from '../routing/file-upstreams.js';
import { batchEndpointOf } from '../endpoints/batch-input.js';
import { BatchOutput, type BatchTotals } from './batch-output.js';
import { UpstreamFilesService } from './upstream-files.service.js';

/** What of a batch is needed to book it. */
export interface PendingBatch {
  readonly requestId: string;
  readonly attempt: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Operation of its requests. */
  readonly route: string;
  /** US dollars that were booked; left out while it runs. */
  readonly costUsd?: string;
}

/** What this process holds for a batch. */
export interface BatchHold {
  readonly cost: CostReservation;
  readonly pass: DeploymentPass;
}

const INTERVAL_MS = 15_000;
/** How often the upstream is asked about one batch. Most take minutes to hours. */
const POLL_MS = 60_000;
const LAST_RUN_LIMIT_MS = 1_000;
const KIND = 'batch';
const NOTHING: BatchTotals = { usage: null, costPico: 0n, isPriced: true, isSuspect: false };
/** A batch with one of these changes no more: https://platform.openai.com/docs/guides/batch. */
const ENDED: ReadonlySet<unknown> = new Set(['completed', 'failed', 'expired', 'cancelled']);

/**
 * Books batches when they have ended: once each, by the results of their requests, also when several notice the end. The entry is that
 * of the start, whose end is recorded once however often it is found; what the process that started the batch holds is freed
 * when that process learns of it.
 */
@Injectable()
export class BatchSettlementsService implements OnModuleDestroy {
  private readonly logger = new Logger('Batches');
  private readonly held = new Map<string, BatchHold>();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly objects: PendingObjectsService,
    private readonly files: UpstreamFilesService,
    private readonly recorder: SpendRecorder,
    private readonly priceBook: PriceBook,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /** Waits a second for a run that is under way. */
  async onModuleDestroy(): Promise<void> {
    await within(LAST_RUN_LIMIT_MS, this.running);
  }

  /**
   * Remembers a batch that has started, in the database.
   * @throws Error when it could not be; nothing is remembered then
   */
  async begin(object: UpstreamObject, pending: PendingBatch, hold: BatchHold): Promise<void> {
    await this.objects.begin(object, pending, this.nextPoll());
    this.held.set(keyOf(object), hold);
  }

  /** Books what was held for a batch that cannot be followed. */
  async bookHeld(ref: CallRef, { cost, pass }: BatchHold): Promise<void> {
    const costPico = cost.heldPico;
    const totals = { ...NOTHING, costPico, isSuspect: true };
    await this.record(ref, totals, { succeeded: true, isExact: false });
    release({ cost, pass }, costPico);
  }

  /** Books a batch of which an upstream has just shown that it has ended. Never rejects. */
  async noticed(object: UpstreamObject, shown: Readonly<Record<string, unknown>>): Promise<void> {
    if (!ENDED.has(shown['status'])) return;
    try {
      const [found] = await this.objects.pending(KIND, [object]);
      if (found !== undefined) await this.settle(found, shown);
    } catch (error) {
      this.logger.warn(`batch ${object.upstreamId} is booked later: ${String(error)}`);
    }
  }

  /** Asks about batches that are due, and frees what is held for those that another process has booked. One run at a time. */
  @Interval('batches.poll', INTERVAL_MS)
  async run(): Promise<void> {
    this.running = this.running.then(() => this.runOnce());
    await this.running;
  }

  private async runOnce(): Promise<void> {
    try {
      const now = this.clock.now();
      for (const due of await this.objects.claimDue(KIND, now, this.nextPoll()))
        await this.poll(due);
      await this.freeBooked();
    } catch (error) {
      this.logger.warn(`batches have to wait: ${String(error)}`);
    }
  }

  private nextPoll(): Date {
    return new Date(this.clock.nowMs() + POLL_MS);
  }

  private async poll(object: PendingObject): Promise<void> {
    const deployment = keeperOf(object, this.settings.current);
    if (deployment === null) {
      this.logger.warn(
        `${object.deploymentId} of batch ${object.upstreamId} is not configured any more`,
      );
      return;
    }
    const path = `/batches/${encodeURIComponent(object.upstreamId)}`;
    const asked = await this.files.ask(deployment, path);
    if (asked.kind === 'failed')
      this.logger.warn(`batch ${object.upstreamId} could not be asked about: ${asked.reason}`);
    else if (asked.kind === 'gone') await this.settle(object, { status: 'failed' });
    else if (ENDED.has(asked.shown['status'])) await this.settle(object, asked.shown);
  }

  private async settle(
    object: PendingObject,
    shown: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const pending = object.pending as PendingBatch;
    if (pending.costUsd !== undefined) {
      this.free(object, parseUsd(pending.costUsd));
      return;
    }
    const { output_file_id: output, error_file_id: errors, status } = shown;
    const deployment = keeperOf(object, this.settings.current);
    if (deployment === null || isOutputLate(shown)) return;
    const totals = isId(output) ? await this.totalsOf(deployment, pending, output) : NOTHING;
    if (totals === null) return;
    const made = [output, errors].filter(isId).map((id) => ({ kind: 'file' as const, id }));
    await this.objects.bindBeside(object, made);
    const { requestId, attempt, startedAt } = pending;
    const ref = { requestId, attempt, startedAt: new Date(startedAt) };
    await this.record(ref, totals, { succeeded: status === 'completed', isExact: true });
    await this.recorder.flush();
    await this.objects.settled(object, { ...pending, costUsd: formatUsd(totals.costPico) });
    this.free(object, totals.costPico);
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
    const failure = await this.files.read(deployment, fileId, output);
    if (failure === null) return output.finish();
    this.logger.warn(`the results ${fileId} of a batch could not be read: ${failure}`);
    return null;
  }

  private async record(
    ref: CallRef,
    { usage, costPico, isPriced, isSuspect }: BatchTotals,
    { succeeded, isExact }: { readonly succeeded: boolean; readonly isExact: boolean },
  ): Promise<void> {
    const usageSource = isExact ? (usage === null ? 'none' : 'provider') : 'estimate';
    const facts = { usage, usageSource, costPico, isPriced, isSuspect, succeeded } as const;
    await this.recorder.settle(ref, { ...facts, endedAt: this.clock.now(), upstreamStatus: 200 });
  }

  /** Of batches that this process holds and another one has booked. */
  private async freeBooked(): Promise<void> {
    if (this.held.size === 0) return;
    const own = [...this.held.keys()].map(objectOf);
    for (const object of await this.objects.pending(KIND, own)) {
      const { costUsd } = object.pending as PendingBatch;
      if (costUsd !== undefined) this.free(object, parseUsd(costUsd));
    }
  }

  private free(object: UpstreamObject, costPico: PicoUsd): void {
    const hold = this.held.get(keyOf(object));
    this.held.delete(keyOf(object));
    if (hold !== undefined) release(hold, costPico);
  }
}

/** The cost takes the place of what was held. */
function release({ cost, pass }: BatchHold, costPico: PicoUsd): void {
  pass.release({ tokens: 0, costPico });
  cost.book(costPico, null);
  cost.release();
}

/** A batch may say that it is complete a moment before its results are there. */
function isOutputLate({
  status,
  output_file_id: output,
  request_counts: counts,
}: Readonly<Record<string, unknown>>) {
  const { completed } = (counts ?? {}) as { readonly completed?: unknown };
  return status === 'completed' && !isId(output) && typeof completed === 'number' && completed > 0;
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id !== '';
}

function keyOf({ upstreamId, deploymentId }: UpstreamObject): string {
  return JSON.stringify([upstreamId, deploymentId]);
}

function objectOf(key: string): Pick<UpstreamObject, 'upstreamId' | 'deploymentId'> {
  const [upstreamId = '', deploymentId = ''] = JSON.parse(key) as string[];
  return { upstreamId, deploymentId };
}
