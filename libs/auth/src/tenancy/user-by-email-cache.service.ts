import { Injectable } from '@nestjs/common';
import { noteRead } from '#libs/common';
import { ChangeFeed } from '#libs/database';
import { UsersService, type TokenIdentity } from '#libs/users';
import { LRUCache } from 'lru-cache';

const MAX_ADDRESSES = 10_000;

type Owners = LRUCache<
  string,
  { readonly userId: string | null },
  { readonly email: string; readonly identity: TokenIdentity }
>;

/**
 * Finds the account of an email address, from memory after the first lookup, so that users who were
 * found by their address do not wait for the database on every call. Every change to a user may change
 * a result, so it clears the memory. Only ids are kept; rows are looked up with every call.
 */
@Injectable()
export class UserByEmailCache {
  private owners: Owners;

  constructor(
    feed: ChangeFeed,
    private readonly users: UsersService,
  ) {
    this.owners = this.noOwners();
    feed.subscribe('user', () => {
      // The result of a query that is running may be stale; it ends in the memory that is left here.
      if (this.owners.size > 0) this.owners = this.noOwners();
    });
  }

  /**
   * Returns the id of the one account that an identity may claim by its address, `null` when there is
   * none or there are several. Concurrent calls share one query.
   * @param email an address that the issuer vouches for
   * @param identity issuer and subject of the token with that address
   * @throws GatehouseError `database_unavailable` when it is not in memory
   */
  async ownerOf(email: string, identity: TokenIdentity): Promise<string | null> {
    const key = JSON.stringify([email, identity.issuer, identity.subject]);
    const { owners } = this;
    const { userId } = await owners.forceFetch(key, { context: { email, identity } });
    noteRead(() => this.owners === owners);
    return userId;
  }

  private noOwners(): Owners {
    return new LRUCache({
      max: MAX_ADDRESSES,
      // A query whose place another one took is still answered.
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _stale, { context: { email, identity } }) => ({
        userId: (await this.users.findByEmail(email, identity))?.userId ?? null,
      }),
    });
  }
}
