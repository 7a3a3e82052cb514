import { Injectable } from '@nestjs/common';
import { limitsChangeOf, requireProxyAdmin, toLimits, type AccessContext } from '#libs/access';
import { auditActorOf } from '#libs/audit';
import { Database } from '#libs/database';
import {
  BudgetUsages,
  ResetTimes,
  spendResetOf,
  toResetAmounts,
  type ResetSpendRequest,
} from '#libs/spend';
import type { KeySpendResetResponse } from './dto/key.response.js';
import { namedKeyId } from './entities/key-text.js';
import { unknownKey } from './key-conflicts.js';
import { KeyListing } from './key-listing.service.js';
import { KeysService } from './keys.service.js';

/** Corrects what counts as spent of the budgets of keys. */
@Injectable()
export class KeySpend {
  constructor(
    private readonly database: Database,
    private readonly keys: KeysService,
    private readonly listing: KeyListing,
    private readonly usages: BudgetUsages,
    private readonly resetTimes: ResetTimes,
  ) {}

  /**
   * Begins the window of `max_budget` anew. What was booked stays booked.
   * @param key the key or its id
   * @param access an administrator's context
   * @throws GatehouseError `not_found`, `request_invalid` for more than was spent
   */
  async reset(
    key: string,
    request: ResetSpendRequest,
    access: AccessContext,
  ): Promise<KeySpendResetResponse> {
    requireProxyAdmin(access);
    const keyId = namedKeyId(key);
    const before = keyId === null ? null : await this.listing.find(keyId);
    if (before === null) throw unknownKey();
    const { limits, spentPico } = await this.usages.mainOf({
      scope: 'key',
      id: before.firstKeyId ?? before.keyId,
      limits: before.limits,
    });
    const reset = spendResetOf(request, spentPico, limits);
    const row = await this.database.write((unit) =>
      this.keys.update(
        unit,
        before.keyId,
        limitsChangeOf({ spent: reset.spent }),
        auditActorOf(access),
      ),
    );
    const { max_budget, budget_reset_at } = toLimits(row.limits, this.resetTimes.now());
    return { key_hash: row.keyId, ...toResetAmounts(reset), max_budget, budget_reset_at };
  }
}
