import { isJsonObject, type PicoUsd } from '#libs/common';
import type { ModelPrices } from '#libs/config';
import {
  batchPricesOf,
  billedPrices,
  costOfUsage,
  isPricedFor,
  readUsage,
  type Billing,
  type TokenUsage,
  type UsageDetails,
} from '#libs/spend';

/** How the requests of a batch are billed. */
export interface BatchBilling {
  /** Prices of the deployment; `null` when they are not known. */
  readonly prices: ModelPrices | null;
  /** How the operation of the requests is billed. */
  readonly billing: Billing;
  /** LiteLLM's prefix, by which the counts are read. */
  readonly provider: string;
}

/** What a batch has used and costs. */
export interface BatchTotals {
  /** `null` when no request was served. */
  readonly usage: TokenUsage | null;
  readonly costPico: PicoUsd;
  /** False when the price of any of it is not known. */
  readonly isPriced: boolean;
  /** True when a served request has no usage, or one that does not add up. */
  readonly isSuspect: boolean;
}

/** Longer than any response of one request. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const NO_USAGE: TokenUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** Adds up the results of a batch (JSON Lines) as they come. Each request has the price that it would have by itself. */
export class BatchOutput {
  private readonly prices: ModelPrices | null;
  private rest: Buffer[] = [];
  private restBytes = 0;
  private usage: TokenUsage | null = null;
  private costPico = 0n;
  private isPriced: boolean;
  private isSuspect = false;

  /** @param terms prices and provider of the deployment */
  constructor(private readonly terms: BatchBilling) {
    const prices = billedPrices(terms.prices, terms.billing);
    this.prices = prices === null ? null : batchPricesOf(prices);
    this.isPriced = prices !== null;
  }

  /** Takes bytes of the file. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk.subarray(start, at));
      this.endLine();
      start = at + 1;
    }
    this.keep(chunk.subarray(start));
  }

  /** Returns the sums at the end of the file. */
  finish(): BatchTotals {
    this.endLine();
    const { usage, costPico, isPriced, isSuspect } = this;
    return { usage, costPico, isPriced, isSuspect };
  }

  private keep(part: Buffer): void {
    this.restBytes += part.length;
    if (part.length > 0 && this.restBytes <= MAX_LINE_BYTES) this.rest.push(Buffer.from(part));
  }

  private endLine(): void {
    const line = Buffer.concat(this.rest).toString();
    const isWhole = this.restBytes <= MAX_LINE_BYTES;
    this.rest = [];
    this.restBytes = 0;
    if (isWhole && line.trim() !== '') this.add(parsed(line));
    else if (!isWhole) this.isSuspect = true;
  }

  /** A request that the upstream refused costs nothing. */
  private add(line: unknown): void {
    const body = servedBodyOf(line);
    if (body === null) return;
    const read = readUsage(body['usage'], this.terms.provider);
    if (read?.isSuspect !== false) this.isSuspect = true;
    const usage = read?.usage ?? NO_USAGE;
    this.usage = this.usage === null ? usage : sumOfUsages(this.usage, usage);
    if (!isPricedFor(this.prices, usage)) this.isPriced = false;
    if (this.prices !== null) this.costPico += costOfUsage(this.prices, usage);
  }
}

/** The response to a request that was served; `null` for one that was not. A line that is not known counts as served. */
function servedBodyOf(line: unknown): Readonly<Record<string, unknown>> | null {
  const { response, error } = isJsonObject(line) ? line : { response: {}, error: null };
  if (!isJsonObject(response)) return isJsonObject(error) ? null : {};
  const { status_code: status, body } = response;
  if (typeof status === 'number' && status >= 400) return null;
  return isJsonObject(body) ? body : {};
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function sumOfUsages(a: TokenUsage, b: TokenUsage): TokenUsage {
  const details = sumOfDetails(a.details ?? {}, b.details ?? {});
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

function sumOfDetails(a: UsageDetails, b: UsageDetails): UsageDetails {
  const sum = new Map(Object.entries(a) as [string, number][]);
  for (const [unit, count] of Object.entries(b) as [string, number][])
    sum.set(unit, (sum.get(unit) ?? 0) + count);
  return Object.fromEntries(sum);
}
