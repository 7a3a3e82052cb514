import { Injectable } from '@nestjs/common';
import type { AccessContext } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { BudgetUsages } from '#libs/spend';
import type { KeyInfoResponse, KeyListResponse } from './dto/key.response.js';
import { keyQueryOf, type ListKeysRequest } from './dto/list-keys.request.js';
import { CallerKeys } from './caller-keys.service.js';
import { unknownKey } from './key-conflicts.js';
import { KeyListing } from './key-listing.service.js';
import { maySeeKey, visibleKeys } from './key-permissions.js';
import { KeyPresentation } from './key-presentation.service.js';
import { namedKeyId } from './entities/key-text.js';

/** Keys as administrators and their owners see them. */
@Injectable()
export class KeyQueries {
  constructor(
    private readonly listing: KeyListing,
    private readonly presentation: KeyPresentation,
    private readonly usages: BudgetUsages,
    private readonly callers: CallerKeys,
  ) {}

  /**
   * Returns one key. For a caller that may not read every key, the keys of others do not exist. Where none is named the answer
   * is about the caller: its key, or who its token names, with what is left of all of its limits.
   * @param key the key or its id; default is the key that the call is made with
   * @param access the caller's context
   * @throws GatehouseError `not_found`, `request_invalid` when none is named and the call is made with the master key
   */
  async info(key: string | undefined, access: AccessContext): Promise<KeyInfoResponse> {
    if (this.callers.isCaller(key, access)) return this.callers.of(access);
    const wanted = key === undefined ? ownKeyId(access) : namedKeyId(key);
    const row = wanted === null ? null : await this.listing.find(wanted);
    if (row === null || !maySeeKey(access, row)) throw unknownKey();
    const { keyId, info } = await this.presentation.presentOne(row);
    // Budgets go on under the first id of a key that was regenerated.
    const id = row.firstKeyId ?? keyId;
    const usage = await this.usages.ofOne({ scope: 'key', id, limits: row.limits });
    const caller = key === undefined ? { caller: await this.callers.standing(access) } : {};
    return { key: keyId, info: { ...info, ...usage }, ...caller };
  }

  /**
   * One page of the keys that the caller may see.
   * @param request filter, order and page
   * @param access the caller's context
   * @throws GatehouseError `route_not_allowed` when an ordinary caller asks for another user's keys
   */
  async list(request: ListKeysRequest, access: AccessContext): Promise<KeyListResponse> {
    const visibleTo = visibleKeys(access);
    if (visibleTo !== null && (request.user_id ?? visibleTo.userId) !== visibleTo.userId) {
      throw new GatehouseError('route_not_allowed');
    }
    const query = keyQueryOf(request, visibleTo);
    const { keys, total } = await this.listing.page(query);
    return {
      keys:
        request.return_full_object === true
          ? (await this.presentation.present(keys)).map(({ keyId, info }) => ({
              ...info,
              token: keyId,
            }))
          : keys.map((row) => row.keyId),
      total_count: total,
      current_page: query.page,
      total_pages: Math.ceil(total / query.pageSize),
    };
  }
}

function ownKeyId(access: AccessContext): string {
  const { key } = access.principal;
  if (key !== null) return key.keyId;
  throw new GatehouseError('request_invalid', {
    message: 'This call is not made with a virtual key; name one by key.',
    param: 'key',
  });
}
