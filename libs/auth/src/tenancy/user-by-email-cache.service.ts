import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '#libs/database';
import { UsersService, type TokenIdentity } from '#libs/users';
import { LRUCache } from 'lru-cache';

const MAX_ADDRESSES = 10_000;

/**
 * Finds the account of an email address, from memory after the first lookup, so that users who were
 * found by their address do not wait for the database on every call. Every change to a user may change
 * a result, so it clears the memory. Only ids are kept; rows are looked up with every call.
 */
@Injectable()
export class UserByEmailCache {
  private owners = emptyBook();

  constructor(
    feed: ChangeFeed,
    private readonly users: UsersService,
  ) {
    feed.subscribe('user', () => {
      this.owners = emptyBook();
    });
  }

  /**
   * Returns the id of the one account that an identity may claim by its address, `null` when there is
   * none or there are several.
   * @param email an address that the issuer vouches for
   * @param identity issuer and subject of the token with that address
   * @throws GatehouseError `database_unavailable` when it is not in memory
   */
  async ownerOf(email: string, identity: TokenIdentity): Promise<string | null> {
    const { owners } = this;
    const key = JSON.stringify([email, identity.issuer, identity.subject]);
    const known = owners.get(key);
    if (known !== undefined) return known.userId;
    const userId = (await this.users.findByEmail(email, identity))?.userId ?? null;
    // A change during the query has replaced the map: the answer may be stale and goes into the old one.
    owners.set(key, { userId });
    return userId;
  }
}

function emptyBook(): LRUCache<string, { readonly userId: string | null }> {
  return new LRUCache({ max: MAX_ADDRESSES });
}
