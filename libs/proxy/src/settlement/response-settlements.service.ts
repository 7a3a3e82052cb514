import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock, parseUsd, type PicoUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { PendingObjectsService } from '#libs/objects';
import { mergedPriceClass, SpendRecorder, type UsageDetails } from '#libs/spend';
import { estimatedUsage } from '../endpoints/request/estimate.js';
import { responses } from '../endpoints/openai/responses.endpoint.js';
import { readResponse } from '../streaming/buffered-response.js';
import { ENDED_STATUSES } from '../streaming/responses-format.js';
import { AttemptAccounting } from './attempt-accounting.js';
import {
  ObjectSettlements,
  type EndedWork,
  type PendingWork,
  type Shown,
} from './object-settlements.js';
import { UpstreamFilesService } from './upstream-files.service.js';

/** What of a response in the background is needed to book it. */
export interface PendingResponse extends PendingWork {
  /** US dollars that are held for it. */
  readonly heldUsd: string;
  /** An estimate, for one that ends without a usage. */
  readonly inputTokens: number;
  /** The requested price class; `null` when the request names none. */
  readonly serviceTier: string | null;
  /** What one search is billed as; `null` where searches are not billed beside the usage. */
  readonly search: UsageDetails | null;
}

const INTERVAL_MS = 10_000;
/** https://platform.openai.com/docs/guides/background */
const FOLLOWED = {
  kind: 'response',
  route: '/responses',
  pollMs: 15_000,
  ended: ENDED_STATUSES,
} as const;
const FAILED = 'failed';

/** Books responses that run in the background when they have ended, by the usage that they show then. */
@Injectable()
export class ResponseSettlementsService extends ObjectSettlements<PendingResponse> {
  /** @param accounting ends entries that any process has opened */
  constructor(
    objects: PendingObjectsService,
    files: UpstreamFilesService,
    recorder: SpendRecorder,
    private readonly accounting: AttemptAccounting,
    settings: SettingsStore,
    clock: Clock,
  ) {
    super({ objects, files, recorder, settings, clock }, FOLLOWED);
  }

  /** Asks about responses that are due. */
  @Interval('responses.poll', INTERVAL_MS)
  async run(): Promise<void> {
    await this.follow();
  }

  protected override async book(
    { pending, deployment, ref }: EndedWork<PendingResponse>,
    shown: Shown | null,
  ): Promise<PicoUsd> {
    const { billing, responseFormat } = responses;
    const entry = this.accounting.resume({ ref, billing, deployment });
    if (shown === null) {
      // It was removed before anything was known of its end, which must not make it free.
      const heldPico = parseUsd(pending.heldUsd);
      await entry.settleAt(heldPico);
      return heldPico;
    }
    const answer = readResponse(responseFormat, Buffer.from(JSON.stringify(shown)), false);
    const estimate = () => estimatedUsage(pending.inputTokens, answer.estimateOutput());
    const { recorded, costPico } = entry.settle({
      ...{ usage: answer.usage, interim: null, units: null, upstreamStatus: 200 },
      // One that was cancelled may have been billed until then.
      estimate: shown['status'] === FAILED ? null : estimate,
      serviceTier: mergedPriceClass(answer.serviceTier, pending.serviceTier),
      search: searchesOf(pending.search, answer.items ?? 0),
      succeeded: !answer.isEmpty && !answer.hasFailed,
    });
    await recorded;
    return costPico;
  }
}

function searchesOf(one: UsageDetails | null, count: number): UsageDetails | null {
  if (one === null || count === 0) return null;
  const units = Object.entries(one) as [string, number][];
  return Object.fromEntries(units.map(([unit, each]) => [unit, each * count]));
}
