import type { BookedTotals } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { CallAdmission } from '../costs/call-records.js';
import type { TokenUsage } from '../costs/token-usage.js';
import type { CostRequest } from './cost-request.js';

/** A call that counts against no budget. */
const UNCOUNTED: CallAdmission = { admittedAt: null, holds: [] };

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** What was decided with a reservation. */
interface ReservationTerms {
  readonly headers?: Readonly<Record<string, string>>;
  readonly admission?: CallAdmission;
}

/** The cost that is held for one request while it runs. All attempts of the request are booked against it. */
export class CostReservation {
  private totals: BookedTotals = { inputTokens: 0, outputTokens: 0, costPico: 0n };
  private isCostEnded = false;

  /**
   * @param heldPico upper bound of the cost of one attempt, decided once for the request
   * @param onRelease receives the cost of all attempts when the request has ended
   */
  constructor(
    readonly request: CostRequest,
    readonly heldPico: PicoUsd,
    private readonly onRelease: (bookedPico: PicoUsd) => void,
    private readonly terms: ReservationTerms = {},
  ) {}

  /** Headers of a successful response: what is left of the rate limits. */
  get headers(): Readonly<Record<string, string>> {
    return this.terms.headers ?? NO_HEADERS;
  }

  /** The windows in which the cost is held. */
  get admission(): CallAdmission {
    return this.terms.admission ?? UNCOUNTED;
  }

  /** What the attempts cost together until now. */
  get booked(): BookedTotals {
    return this.totals;
  }

  /** Returns the amount that an attempt at a deployment reserves: its own bound, at most what is held. */
  shareOf(deployment: DeploymentSettings): PicoUsd {
    const bound = this.request.bounds.get(deployment) ?? 0n;
    return bound < this.heldPico ? bound : this.heldPico;
  }

  /**
   * Adds the cost of an attempt that has ended.
   * @param usage its tokens; `null` when none were counted
   */
  book(costPico: PicoUsd, usage: TokenUsage | null): void {
    const { inputTokens, outputTokens } = usage ?? { inputTokens: 0, outputTokens: 0 };
    this.totals = {
      inputTokens: this.totals.inputTokens + inputTokens,
      outputTokens: this.totals.outputTokens + outputTokens,
      costPico: this.totals.costPico + costPico,
    };
  }

  /**
   * Notes that the request does not run any more, while its cost stays held.
   * @param _tokens what counts of it against limits of tokens
   */
  detach(_tokens = 0): void {
    // Nothing counts running requests here.
  }

  /**
   * Ends what is held of money: the booked cost takes its place, and nothing more may be booked. Its places in counters stay
   * taken until {@link release}, as those of a connection do that goes on. Idempotent.
   */
  endCost(): void {
    if (this.isCostEnded) return;
    this.isCostEnded = true;
    this.onRelease(this.totals.costPico);
  }

  /** Ends the reservation: the booked cost takes the place of what was held. Called once, when the request has ended. */
  release(): void {
    this.endCost();
  }
}
