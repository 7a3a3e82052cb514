import type { DeploymentSettings } from '#libs/config';
import type { CostReservation, DeploymentPass, TokenUsage } from '#libs/spend';
import type {
  AttemptAccounting,
  AttemptEntry,
  NewAttempt,
} from '../settlement/attempt-accounting.js';
import { useSince } from '../relay/attempt-endings.js';
import type { EnteredCall } from '../planning/relay-call.js';

/** The end of a response. */
export interface ResponseEnd {
  /** The `usage` object of the upstream; `null` when it sent none. */
  readonly usage: object | null;
  /** What the gateway counts; `null` when nothing can have been billed. */
  readonly estimate: (() => TokenUsage) | null;
  readonly succeeded: boolean;
}

/** What is held for a response. */
export interface HeldCost {
  readonly cost: CostReservation;
  readonly pass: DeploymentPass;
  /**
   * Whose it is: that of the response alone; the first of the connection, whose places in counters stay taken; or one that
   * something else is held by.
   */
  readonly owner: 'response' | 'connection' | 'other';
}

/** What a response is booked as, beside what is held. */
export interface BookedAs {
  readonly deployment: DeploymentSettings;
  readonly endpoint: NewAttempt['endpoint'];
}

const SWITCHED = 101;

/**
 * What a response of a session costs: held before the upstream can begin it, written into the spend journal before that, and
 * settled before the client sees its end. Ended exactly once, by {@link settle} or {@link drop}.
 */
export class ResponseCover {
  private entry: AttemptEntry | null = null;

  constructor(
    private readonly call: EnteredCall,
    private readonly held: HeldCost,
    private readonly accounting: AttemptAccounting,
    private readonly bookedAs: BookedAs = call,
  ) {}

  /** True when its entry is in the journal. */
  get isOpen(): boolean {
    return this.entry !== null;
  }

  /**
   * Writes its entry into the journal, once.
   * @throws GatehouseError as the recorder does when nothing can be recorded
   */
  async open(): Promise<void> {
    if (this.entry !== null) return;
    const { call, held } = this;
    this.entry = this.accounting.open({
      ...{ access: call.access, origin: call.origin, ...this.bookedAs },
      ...{ cost: held.cost, admission: held.pass.admission },
      attempt: call.progress.nextAttempt(),
      bodyBytes: 0,
      units: undefined,
    });
    if (this.entry.opened !== null) await this.entry.opened;
  }

  /** Writes its entry into the journal, and gives everything back where that fails. */
  async openOrDrop(): Promise<void> {
    try {
      await this.open();
    } catch (error) {
      await this.drop();
      throw error;
    }
  }

  /** Notes an estimate of the output that has come, which is booked when the process ends before the response. */
  noteProgress(outputTokens: number): void {
    this.entry?.noteProgress(outputTokens);
  }

  /** Books the response. Resolves when its entry is written. */
  async settle({ usage, estimate, succeeded }: ResponseEnd): Promise<void> {
    await this.open();
    const { cost, owner, pass } = this.held;
    const { progress, state } = this.call;
    const before = cost.booked;
    const settlement = this.entry?.settle({
      ...{ usage, interim: null, estimate, serviceTier: null, search: null, units: null },
      ...{ succeeded, upstreamStatus: SWITCHED },
    });
    if (owner === 'response') pass.release(useSince(before, cost.booked));
    this.end();
    state.booked = progress.bookedWith(this.call.cost);
    if (settlement === undefined) return;
    state.log['usage_source'] = settlement.usageSource;
    if (settlement.isSuspect) state.log['usage_suspect'] = true;
    if (!settlement.isPriced) state.log['unpriced'] = true;
    if (settlement.recorded !== null) await settlement.recorded;
  }

  /** Gives everything back: nothing was begun. */
  async drop(): Promise<void> {
    const released = this.entry?.release() ?? null;
    if (this.held.owner === 'response') this.held.pass.cancel();
    this.end();
    if (released !== null) await released;
  }

  private end(): void {
    const { cost, owner } = this.held;
    if (owner === 'connection') cost.endCost();
    if (owner !== 'response') return;
    cost.release();
    this.call.progress.leaveGroup(cost);
  }
}
