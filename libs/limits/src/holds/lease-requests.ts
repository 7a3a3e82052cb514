import { isGatehouseError } from '#libs/common';
import type { LeaseAnswers, LeaseAsk, LeaseRequest, LeaseSource } from './lease-source.js';
import type { WindowAccounts } from './window-accounts.js';

/**
 * Asks a source for leases, one request at a time, and books its answers to the accounts of this process. A request whose
 * answer was lost is repeated before the next one, so that the accounts never differ from the source for longer.
 */
export class LeaseRequests {
  private number = 0;
  private unanswered: LeaseRequest | null = null;

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
  async take(asksOf: () => readonly (readonly LeaseAsk[])[]): Promise<LeaseAnswers['groups']> {
    if (this.unanswered !== null) await this.ask(this.unanswered);
    const back = this.accounts.takeDue();
    this.number += 1;
    return this.ask({ number: this.number, groups: asksOf(), back });
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
}
