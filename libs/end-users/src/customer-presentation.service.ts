import { Injectable } from '@nestjs/common';
import { toLimits, type Plain } from '#libs/access';
import type { PicoUsd } from '#libs/common';
import { BudgetTables, BudgetUsages, ResetTimes, SpendTotals } from '#libs/spend';
import { toCustomerResponse, type CustomerResponse } from './customer.response.js';
import type { EndUserEntity } from './end-user.entity.js';
import { EndUsersService } from './end-users.service.js';

/** Puts end users together with their spend and the limits that their calls have to keep. */
@Injectable()
export class CustomerPresentation {
  constructor(
    private readonly endUsers: EndUsersService,
    private readonly totals: SpendTotals,
    private readonly resetTimes: ResetTimes,
    private readonly tables: BudgetTables,
    private readonly usages: BudgetUsages,
  ) {}

  /**
   * The end users in the order given.
   * @throws GatehouseError `database_unavailable`
   */
  async present(rows: readonly EndUserEntity[]): Promise<Plain<CustomerResponse>[]> {
    return this.withSpend(rows, await this.totals.read('end_user', idsOf(rows)));
  }

  /**
   * {@link present} for one end user, with what was spent of its budgets.
   * @throws GatehouseError `database_unavailable`
   */
  async presentOne(row: EndUserEntity): Promise<Plain<CustomerResponse>> {
    const limits = this.endUsers.limitsOf(row.limits);
    const usage = await this.usages.ofOne({ scope: 'end_user', id: row.endUserId, limits });
    const [response] = await this.present([row]);
    if (response === undefined) throw new Error('a customer is not shown');
    return { ...response, ...usage };
  }

  /** {@link present} after a change that is committed: spend that cannot be read now is shown as zero. */
  async presentChanged(rows: readonly EndUserEntity[]): Promise<Plain<CustomerResponse>[]> {
    return this.withSpend(rows, await this.totals.readIfPossible('end_user', idsOf(rows)));
  }

  private async withSpend(
    rows: readonly EndUserEntity[],
    spend: ReadonlyMap<string, PicoUsd>,
  ): Promise<Plain<CustomerResponse>[]> {
    const limits = rows.map((row) => this.endUsers.limitsOf(row.limits));
    const complete = await this.tables.completing(limits);
    const resetTime = this.resetTimes.now();
    return rows.map((row, place) => {
      const own = limits[place] ?? {};
      const isLimited = Object.keys(own).length > 0;
      return toCustomerResponse(row, spend.get(row.endUserId) ?? 0n, {
        own: toLimits(own, resetTime),
        completed: isLimited ? toLimits(complete(own), resetTime) : null,
      });
    });
  }
}

function idsOf(rows: readonly EndUserEntity[]): string[] {
  return rows.map(({ endUserId }) => endUserId);
}
