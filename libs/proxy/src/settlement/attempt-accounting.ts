import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import { Clock, type PicoUsd } from '#libs/common';
import type { DeploymentSettings, ModelPrices } from '#libs/config';
import {
  PriceBook,
  SpendRecorder,
  billedPrices,
  billingWayOf,
  costBasisOf,
  costOfUsage,
  expectationOf,
  isClassPriced,
  isPricedFor,
  type BillingWay,
  type CallAdmission,
  type CallOrigin,
  type CallOutcome,
  type CallRef,
  type CostBasis,
  type CostReservation,
  type Expectation,
  type PriceTerms,
  type Recorded,
  type TokenUsage,
  type UsageDetails,
  type UsageSource,
} from '#libs/spend';
import type { Operation } from '../endpoints/request/endpoint.js';
import { tokensOfBytes } from '../streaming/output-estimate.js';
import { intentFacts } from './intent-facts.js';
import { byUnits, recordedUsage, withSearch, type UsageFacts } from './recorded-usage.js';

const NOTHING: TokenUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** The facts to be booked for an attempt. */
export interface NewAttempt {
  readonly access: Pick<AccessContext, 'clientRequestId' | 'decisionId'>;
  readonly cost: CostReservation;
  /** The windows in which the cost of the attempt is held. */
  readonly admission: CallAdmission;
  readonly origin: CallOrigin;
  readonly endpoint: Pick<Operation, 'callType' | 'billing'>;
  readonly deployment: DeploymentSettings;
  /** 1 for the first. */
  readonly attempt: number;
  /** Bytes of the request's body. */
  readonly bodyBytes: number;
  /** What a served call is billed for by number; `undefined` for nothing. */
  readonly units: UsageDetails | undefined;
  /** Whether the upstream may work on behind the end of this process, so that all that is held counts until its end is known; left out for false. */
  readonly isBackground?: boolean;
}

/** An attempt that another process may have opened. */
interface OpenedAttempt {
  readonly ref: CallRef;
  readonly billing: Operation['billing'];
  readonly deployment: DeploymentSettings;
}

/** The end of an attempt, for its entry. */
export interface AttemptResult extends UsageFacts {
  /** The price class of the call: the answer's, else the request's; `null` when neither names one. */
  readonly serviceTier: string | null;
  /** A search that the upstream bills and its usage does not count; `null` for none. */
  readonly search: UsageDetails | null;
  /** What the call is billed for by number, as the gateway counts it; `null` for nothing. */
  readonly units: UsageDetails | null;
  readonly succeeded: boolean;
  readonly upstreamStatus: number | null;
}

/** Prices of an attempt's tokens. */
interface AttemptPrices {
  /** `null` when they are not known. */
  readonly prices: ModelPrices | null;
  /** How the call is billed; `null` when the prices are not known. */
  readonly way: BillingWay | null;
  /** They stand in the configuration and not in the price list. */
  readonly isConfigured: boolean;
  /** LiteLLM's prefix, by which the upstream's counts are read. */
  readonly provider: string;
  /** Tokens of the input by the size of the body. */
  readonly inputTokens: number;
  /** What is booked when nothing more becomes known. */
  readonly expectedPico: PicoUsd;
}

/** A cost, and the prices that it was computed with. */
interface CostFacts {
  readonly costPico: PicoUsd;
  readonly basis: Pick<CallOutcome, 'basis'>;
}

const FREE: CostFacts = { costPico: 0n, basis: {} };

/** Cost and usage that were booked for an attempt. */
export interface Settlement {
  readonly costPico: PicoUsd;
  /** The prices that it was computed with; `null` where none were applied. */
  readonly basis: CostBasis | null;
  /** `null` when nothing was counted. */
  readonly usage: TokenUsage | null;
  readonly usageSource: UsageSource;
  /** The upstream reported a usage that was not accepted as it is. */
  readonly isSuspect: boolean;
  /** False when no price of it is known, so that the cost is less than what the provider charges. */
  readonly isPriced: boolean;
  /** The last byte may leave when it is `null`, or once it has resolved. */
  readonly recorded: Recorded;
}

/** An attempt that is settled or released exactly once. */
export class AttemptEntry {
  /**
   * @param opened nothing may be sent before it has resolved, unless it is `null`
   * @param recorder where it is recorded
   * @param pricing prices and provider of the deployment
   * @param clock for the end of the attempt
   */
  constructor(
    readonly opened: Recorded,
    private readonly recorder: SpendRecorder,
    readonly ref: CallRef,
    private readonly pricing: AttemptPrices,
    private readonly cost: Pick<CostReservation, 'book'>,
    private readonly clock: Clock,
  ) {}

  /** Books an amount where no usage will ever be known. */
  settleAt(costPico: PicoUsd): Recorded {
    this.cost.book(costPico, null);
    return this.recorder.settle(this.ref, {
      endedAt: this.clock.now(),
      ...{ usage: null, usageSource: 'estimate', costPico },
      ...{ isPriced: true, isSuspect: true, succeeded: false, upstreamStatus: 200 },
    });
  }

  /** Books what the attempt cost, against the reservation of its request. */
  settle(facts: AttemptResult): Settlement {
    const { provider, way } = this.pricing;
    const read = recordedUsage(facts, provider);
    const { usageSource, isSuspect, ...counted } = byUnits(read, facts, way);
    const usage = withSearch(counted.usage, facts.search);
    const terms = { serviceTier: facts.serviceTier, at: this.ref.startedAt };
    const { costPico, basis } = this.costOf(usage, terms);
    const isPriced = this.isPriced(usage, terms);
    this.cost.book(costPico, usage);
    const recorded = this.recorder.settle(this.ref, {
      endedAt: this.clock.now(),
      usage,
      usageSource,
      costPico,
      ...basis,
      isPriced,
      isSuspect,
      succeeded: facts.succeeded,
      upstreamStatus: facts.upstreamStatus,
    });
    const applied = basis.basis ?? null;
    return { costPico, basis: applied, usage, usageSource, isSuspect, isPriced, recorded };
  }

  /**
   * Without a way in which the operation is billed here no price of it is known, also where the deployment has others.
   */
  private isPriced(usage: TokenUsage | null, terms: PriceTerms): boolean {
    const { prices, way, isConfigured } = this.pricing;
    if (way === null) return false;
    if (usage === null) return isPricedFor(prices, NOTHING);
    const isKnown = isClassPriced(prices, terms.serviceTier, isConfigured);
    return isKnown && isPricedFor(prices, usage, terms);
  }

  private costOf(usage: TokenUsage | null, terms: PriceTerms): CostFacts {
    const { prices } = this.pricing;
    if (usage === null || prices === null) return FREE;
    return {
      costPico: costOfUsage(prices, usage, terms),
      basis: { basis: costBasisOf(prices, usage, terms) },
    };
  }

  /** Notes an estimate of the output that has come, which is booked when the process ends before the attempt. */
  noteProgress(outputTokens: number): void {
    const { prices, inputTokens, expectedPico } = this.pricing;
    const usage = { inputTokens, cachedInputTokens: 0, outputTokens };
    const costPico = prices === null ? 0n : costOfUsage(prices, usage);
    const isMore = costPico > expectedPico;
    this.recorder.progress(this.ref, {
      outputTokens,
      expectedPico: isMore ? costPico : expectedPico,
    });
  }

  /** Gives the intent up: nothing has reached an upstream, so that no entry is left. */
  release(): Recorded {
    return this.recorder.release(this.ref);
  }
}

/** Opens the spend entries of attempts. */
@Injectable()
export class AttemptAccounting {
  /**
   * @param priceBook configured and listed prices
   * @param clock the time of day
   */
  constructor(
    private readonly recorder: SpendRecorder,
    private readonly priceBook: PriceBook,
    private readonly clock: Clock,
  ) {}

  /**
   * Records the intent of an attempt. Nothing may be sent before {@link AttemptEntry.opened}, which
   * rejects as the recorder does when nothing can be recorded.
   * @param plan what is to be tried
   */
  open(plan: NewAttempt): AttemptEntry {
    const { cost, admission, endpoint, deployment, attempt } = plan;
    const { requestId } = cost.request;
    const { billing } = endpoint;
    const listed = this.priceBook.find(deployment);
    const prices = billedPrices(listed, billing);
    const ref: CallRef = { requestId, attempt, startedAt: this.clock.now() };
    // By its size alone: the intent must not cost a look into the messages.
    const inputTokens = tokensOfBytes(plan.bodyBytes);
    const amounts = amountsOf(plan, prices, inputTokens);
    const { expectedPico } = amounts;
    const pricing = { ...pricesAt(deployment, listed, billing), inputTokens, expectedPico };
    const opened = this.recorder.open({
      ...ref,
      ...intentFacts(plan, endpoint.callType),
      ...admission,
      ...amounts,
      ...(pricing.way === null && { isUnpriced: true }),
    });
    return new AttemptEntry(opened, this.recorder, ref, pricing, cost, this.clock);
  }

  /** Returns the entry of an attempt, to be ended by this process. What is held for it is freed elsewhere. */
  resume({ ref, billing, deployment }: OpenedAttempt): AttemptEntry {
    const prices = pricesAt(deployment, this.priceBook.find(deployment), billing);
    const pricing = { ...prices, inputTokens: 0, expectedPico: 0n };
    return new AttemptEntry(null, this.recorder, ref, pricing, UNHELD, this.clock);
  }
}

const UNHELD: Pick<CostReservation, 'book'> = {
  book: () => {
    // Nothing is held here.
  },
};

function pricesAt(
  deployment: DeploymentSettings,
  listed: ModelPrices | null,
  billing: Operation['billing'],
): Omit<AttemptPrices, 'inputTokens' | 'expectedPico'> {
  return {
    prices: billedPrices(listed, billing),
    way: billingWayOf(listed, billing),
    isConfigured: billingWayOf(deployment.prices, billing) !== null,
    provider: deployment.provider,
  };
}

/** Amounts reserved while the attempt is open, and booked when its end never becomes known. */
function amountsOf(
  { cost, deployment, units, isBackground }: NewAttempt,
  prices: ModelPrices | null,
  inputTokens: number,
): Expectation & { readonly reservedPico: PicoUsd } {
  const reservedPico = cost.shareOf(deployment);
  const { outputTokensBound } = cost.request;
  const basis = { prices, inputTokens, outputTokensBound, reservedPico, units };
  const expected = expectationOf(basis);
  return {
    reservedPico,
    ...expected,
    ...(isBackground === true ? { expectedPico: reservedPico } : {}),
  };
}
