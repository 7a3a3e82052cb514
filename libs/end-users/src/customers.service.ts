import { Injectable } from '@nestjs/common';
import type { AccessContext, Plain } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { GatehouseError, matchesWildcard } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Database } from '#libs/database';
import { CustomerPresentation } from './customer-presentation.service.js';
import {
  endUserChangesOf,
  type CustomerRequest,
  type ListCustomersRequest,
} from './customer.request.js';
import type { CustomerResponse } from './customer.response.js';
import type { EndUserEntity } from './end-user.entity.js';
import { EndUsersService } from './end-users.service.js';

/** End users as administrators see and change them. */
@Injectable()
export class CustomersService {
  constructor(
    private readonly database: Database,
    private readonly endUsers: EndUsersService,
    private readonly presentation: CustomerPresentation,
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
    return this.presentation.presentChanged(rows);
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
   * One end user with its spend, and the limits that its calls have to keep with what was spent of them.
   * @throws GatehouseError `not_found`
   */
  async info(endUserId: string): Promise<Plain<CustomerResponse>> {
    return this.presentation.presentOne(await this.endUsers.get(endUserId));
  }

  /** End users in the order of their ids, those that traffic made included. */
  async list({
    page = 1,
    page_size: take,
  }: ListCustomersRequest): Promise<Plain<CustomerResponse>[]> {
    const part = take === undefined ? undefined : { skip: (page - 1) * take, take };
    return this.presentation.present(await this.endUsers.list(part));
  }

  private requireServed(model: string | null): void {
    if (model === null) return;
    const isServed = this.settings.current.deployments.some(
      ({ modelGroup }) => modelGroup === model || matchesWildcard(modelGroup, model),
    );
    if (!isServed) throw new GatehouseError('model_unknown', { param: 'default_model' });
  }

  private async changed(row: EndUserEntity): Promise<Plain<CustomerResponse>> {
    const [response] = await this.presentation.presentChanged([row]);
    if (response === undefined) throw new Error('a customer is not shown');
    return response;
  }
}
