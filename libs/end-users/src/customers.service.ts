import { Injectable } from '@nestjs/common';
import type { AccessContext, Plain } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { GatehouseError, matchesWildcard, type PicoUsd } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { BudgetUsages, ResetTimes, SpendTotals } from '#libs/spend';
import {
  endUserChangesOf,
  type CustomerRequest,
  type ListCustomersRequest,
} from './customer.request.js';
import { toCustomerResponse, type CustomerResponse } from './customer.response.js';
import type { EndUserEntity } from './end-user.entity.js';
import { EndUsersService } from './end-users.service.js';

/** End users as administrators see and change them. */
@Injectable()
export class CustomersService {
  constructor(
    private readonly database: Database,
    private readonly endUsers: EndUsersService,
    private readonly totals: SpendTotals,
    private readonly resetTimes: ResetTimes,
    private readonly usages: BudgetUsages,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Makes an end user.
   * @param access an administrator's context
   * @throws GatehouseError `already_exists`, `model_unknown` for a default model that no deployment serves
   */
  async create(request: CustomerRequest, access: AccessContext): Promise<Plain<CustomerResponse>> {
    this.requireServed(request.default_model ?? null);
    const values = { endUserId: request.user_id, ...endUserChangesOf(request) };
    return this.changed(
      await this.database.write((unit) => this.endUsers.create(unit, values, auditActorOf(access))),
    );
  }

  /**
   * Changes what the request names.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`, `model_unknown` for a default model that no deployment serves
   */
  async update(request: CustomerRequest, access: AccessContext): Promise<Plain<CustomerResponse>> {
    this.requireServed(request.default_model ?? null);
    const changes = endUserChangesOf(request);
    return this.changed(
      await this.database.write((unit) =>
        this.endUsers.update(unit, request.user_id, changes, auditActorOf(access)),
      ),
    );
  }

  /**
   * Blocks or unblocks end users: all of them, or none.
   * @param access an administrator's context
   * @throws GatehouseError `not_found` when one that is to be unblocked is unknown
   */
  async setBlocked(
    endUserIds: readonly string[],
    blocked: boolean,
    access: AccessContext,
  ): Promise<Plain<CustomerResponse>[]> {
    const actor = auditActorOf(access);
    const rows = await this.database.write((unit) =>
      blocked
        ? this.endUsers.block(unit, endUserIds, actor)
        : this.endUsers.unblock(unit, endUserIds, actor),
    );
    return this.presentChanged(rows);
  }

  /**
   * Deletes end users; their entries and totals stay in the books.
   * @param access an administrator's context
   * @throws GatehouseError `not_found`
   */
  async remove(endUserIds: readonly string[], access: AccessContext): Promise<void> {
    await this.database.write((unit) =>
      this.endUsers.remove(unit, endUserIds, auditActorOf(access)),
    );
  }

  /**
   * One end user with its spend.
   * @throws GatehouseError `not_found`
   */
  async info(endUserId: string): Promise<Plain<CustomerResponse>> {
    const row = await this.endUsers.get(endUserId);
    const usage = await this.usages.ofOne({ scope: 'end_user', id: endUserId, limits: row.limits });
    return { ...this.present(row, await this.totals.read('end_user', [endUserId])), ...usage };
  }

  /** End users in the order of their ids, those that traffic made included. */
  async list({
    page = 1,
    page_size: take,
  }: ListCustomersRequest): Promise<Plain<CustomerResponse>[]> {
    const part = take === undefined ? undefined : { skip: (page - 1) * take, take };
    const rows = await this.endUsers.list(part);
    const spend = await this.totals.read('end_user', idsOf(rows));
    return rows.map((row) => this.present(row, spend));
  }

  private requireServed(model: string | null): void {
    if (model === null) return;
    const isServed = this.settings.current.deployments.some(
      ({ modelGroup }) => modelGroup === model || matchesWildcard(modelGroup, model),
    );
    if (!isServed) throw new GatehouseError('model_unknown', { param: 'default_model' });
  }

  private async changed(row: EndUserEntity): Promise<Plain<CustomerResponse>> {
    const spend = await this.totals.readIfPossible('end_user', [row.endUserId]);
    return this.present(row, spend);
  }

  private async presentChanged(rows: readonly EndUserEntity[]): Promise<Plain<CustomerResponse>[]> {
    const spend = await this.totals.readIfPossible('end_user', idsOf(rows));
    return rows.map((row) => this.present(row, spend));
  }

  private present(
    row: EndUserEntity,
    spend: ReadonlyMap<string, PicoUsd>,
  ): Plain<CustomerResponse> {
    return toCustomerResponse(row, spend.get(row.endUserId) ?? 0n, this.resetTimes.now());
  }
}

function idsOf(rows: readonly EndUserEntity[]): string[] {
  return rows.map(({ endUserId }) => endUserId);
}
