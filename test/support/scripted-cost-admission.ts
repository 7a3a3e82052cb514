import type { Attribution } from '#libs/access';
import type { GatehouseError, PicoUsd } from '#libs/common';
import {
  CostAdmission,
  CostReservation,
  dearestBound,
  type CostRequest,
  type CountedRequest,
  type RemainingBudget,
  type Standing,
} from '#libs/spend';

/** A cost admission that refuses, waits and grants as a test tells it, and notes everything that it is asked. */
export class ScriptedCostAdmission extends CostAdmission {
  /** Thrown for every request; `null` admits. */
  refusal: GatehouseError | null = null;
  /** Awaited before a request is admitted or refused. */
  beforeAdmit: (() => Promise<void>) | null = null;
  /** Held for every request; `null` holds the dearest bound. */
  grantedPico: PicoUsd | null = null;
  /** Of every successful response. */
  headers: Readonly<Record<string, string>> = {};
  budgets: readonly RemainingBudget[] = [];
  /** Requests that wanted a reservation, in order. */
  readonly requests: CostRequest[] = [];
  /** Requests that were asked about alone, in order. */
  readonly questions: CostRequest[] = [];
  /** Attributions whose budgets were asked for, in order. */
  readonly attributions: Attribution[] = [];
  /** Booked cost of each reservation that was released, in order. */
  readonly released: PicoUsd[] = [];

  override async admit(request: CostRequest): Promise<CostReservation> {
    this.requests.push(request);
    await this.beforeAdmit?.();
    if (this.refusal !== null) throw this.refusal;
    const note = (bookedPico: PicoUsd): void => {
      this.released.push(bookedPico);
    };
    const heldPico = this.grantedPico ?? dearestBound(request);
    return new CostReservation(request, heldPico, note, { headers: this.headers });
  }

  override wouldRefuse(request: CostRequest): Promise<GatehouseError | null> {
    this.questions.push(request);
    return Promise.resolve(this.refusal);
  }

  override remaining({ attribution }: CountedRequest): Promise<readonly RemainingBudget[]> {
    this.attributions.push(attribution);
    return Promise.resolve(this.budgets);
  }

  override standing(): Promise<Standing> {
    return Promise.resolve({ subjects: [], budgets: [], rates: [] });
  }
}
