import type { BookedTotals } from '#libs/access';
import type { DeploymentSettings } from '#libs/config';
import type { RequestClaim } from '#libs/objects';
import type { CostReservation } from '#libs/spend';
import type { CacheSlot } from '../cache/cache-slot.js';

const NOTHING: BookedTotals = { inputTokens: 0, outputTokens: 0, costPico: 0n };

/** How the attempt that was made last has ended. */
interface LastAttempt {
  readonly deployment: DeploymentSettings;
  /** Nothing of its response is missing, and it is not an error. */
  readonly succeeded: boolean;
  /** Tokens to which its output was lowered; `null` for none. */
  readonly outputLimit: number | null;
}

/** What a call has come to over all model groups that were tried for it. */
export class CallProgress {
  private attempts = 0;
  private groups = 0;
  private earlier: BookedTotals = NOTHING;
  private last: CostReservation | null = null;
  /** `null` before the end of the first. */
  lastAttempt: LastAttempt | null = null;
  /** Set when the response goes on at its upstream behind the call: what is held for it stays held. */
  goesOn = false;
  /** Where the response may be kept; `null` for nowhere. */
  slot: CacheSlot | null = null;
  /** The key by which its caller sends it again; `null` for none, and when that was ended. */
  claim: RequestClaim | null = null;
  /** Whether an earlier call with the same key has ended, so that no upstream may serve this one. */
  isRepeat = false;

  /** Whether the caller has paid for it, or will: a repeat would be charged again. */
  get isCharged(): boolean {
    return this.goesOn || this.lastAttempt?.succeeded === true || this.earlier.costPico > 0n;
  }

  /** The reservation of the group that was tried last, released; `null` for none. */
  get lastReservation(): CostReservation | null {
    return this.last;
  }

  /** Number of groups that were tried after the first. */
  get fallbacks(): number {
    return Math.max(0, this.groups - 1);
  }

  /** Returns the number of the next attempt, 1 for the first: every attempt of a call has its own. */
  nextAttempt(): number {
    this.attempts += 1;
    return this.attempts;
  }

  /** Notes that the attempts of a group begin. */
  enterGroup(): void {
    this.groups += 1;
  }

  /** Notes the reservation of a group whose attempts have ended. */
  leaveGroup(cost: CostReservation): void {
    this.earlier = this.bookedWith(cost);
    this.last = cost;
  }

  /** Returns what all attempts were booked with until now. */
  bookedWith({ booked }: CostReservation): BookedTotals {
    return {
      inputTokens: this.earlier.inputTokens + booked.inputTokens,
      outputTokens: this.earlier.outputTokens + booked.outputTokens,
      costPico: this.earlier.costPico + booked.costPico,
    };
  }
}
