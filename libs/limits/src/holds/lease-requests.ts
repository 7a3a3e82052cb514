import { Turns, isGatehouseError } from '#libs/common';
import type { LeaseAnswers, LeaseAsk, LeaseRequest, LeaseSource } from './lease-source.js';
import type { BudgetWindow } from './money-claims.js';
import type { WindowAccounts } from './window-accounts.js';
import type { WindowState } from './window-state.js';

/** Windows that are to be looked at. */
interface WaitingLook {
  readonly windows: readonly BudgetWindow[];
  readonly found: (states: readonly WindowState[]) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Asks a source for leases, one request at a time, and books its answers to the accounts of this process. A request whose
 * answer was lost is repeated before the next one, so that the accounts never differ from the source for longer. Windows are
 * looked at between two requests, when the accounts and the source agree.
 */
export class LeaseRequests {
  private number = 0;
  private unanswered: LeaseRequest | null = null;
  private readonly turns = new Turns();
  private looks: WaitingLook[] = [];

  /** @param renewed called with the time until which leases may be used */
  constructor(
    private readonly source: LeaseSource,
    private readonly accounts: WindowAccounts,
    private readonly renewed: (untilMs: number) => void,
  ) {}

  /** Whether a request is to be repeated. */
  get isUnanswered(): boolean {
    return this.unanswered !== null;
  }

  /**
   * Takes leases and gives back what is due. What is granted is in the accounts then.
   * @param asksOf gives the windows of which all have to grant their need, or none does, from what is in the accounts
   * @returns in the order of the groups
   * @throws GatehouseError `database_unavailable`
   */
  take(asksOf: () => readonly (readonly LeaseAsk[])[]): Promise<LeaseAnswers['groups']> {
    return this.turns.take(async () => {
      await this.repeat();
      const back = this.accounts.takeDue();
      this.number += 1;
      return this.ask({ number: this.number, groups: asksOf(), back });
    });
  }

  /**
   * Returns what is used of windows. All that wait are looked at together.
   * @throws GatehouseError `database_unavailable`
   */
  look(windows: readonly BudgetWindow[]): Promise<readonly WindowState[]> {
    return new Promise((found, failed) => {
      this.looks.push({ windows, found, failed });
      if (this.looks.length === 1) void this.turns.take(() => this.lookNow());
    });
  }

  private async lookNow(): Promise<void> {
    const looks = this.looks;
    this.looks = [];
    try {
      await this.repeat();
      const windows = looks.flatMap((one) => one.windows);
      const facts = await this.source.look(windows);
      const states = windows.map((window, place) => this.accounts.stateOf(window, facts[place]));
      for (const look of looks) look.found(states.splice(0, look.windows.length));
    } catch (error) {
      for (const look of looks) look.failed(error);
    }
  }

  private async repeat(): Promise<void> {
    if (this.unanswered !== null) await this.ask(this.unanswered);
  }

  private async ask(request: LeaseRequest): Promise<LeaseAnswers['groups']> {
    this.unanswered = request;
    try {
      const { lost, groups, untilMs } = await this.source.take(request);
      this.unanswered = null;
      this.renewed(untilMs);
      this.accounts.lose(lost);
      for (const [place, asks] of request.groups.entries()) {
        this.accounts.gain(asks, groups[place]?.grantedPico ?? []);
      }
      this.note(request, groups);
      return groups;
    } catch (error) {
      // Nothing was done then.
      if (!isGatehouseError(error)) {
        this.unanswered = null;
        this.accounts.takeAgain(request.back);
      }
      throw error;
    }
  }

  private note(request: LeaseRequest, groups: LeaseAnswers['groups']): void {
    for (const [place, { refusal }] of groups.entries()) {
      const window = refusal === null ? undefined : request.groups[place]?.[refusal.place];
      if (window !== undefined && refusal?.facts) this.accounts.note(window, refusal.facts);
    }
  }
}
