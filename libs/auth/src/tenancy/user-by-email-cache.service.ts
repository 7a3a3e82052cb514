import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '#libs/database';
import { UsersService, type TokenIdentity } from '#libs/users';
import { LRUCache } from 'lru-cache';

const MAX_ADDRESSES = 10_000;

/**
 * Which account an email address belongs to, from memory after the first time, so that users who were found by
 * their address do not wait for the database on every call. Any change to a user may change an answer, so any
 * change forgets all of them; only ids are kept, and rows are looked up afresh.
 */
@Injectable()
export class UserByEmailCache {
  private owners = emptyBook();

  /** @param feed tells about changed users */
  constructor(
    feed: ChangeFeed,
    private readonly users: UsersService,
  ) {
    feed.subscribe('user', () => {
      this.owners = emptyBook();
    });
  }

  /**
   * Id of the one account that an identity may take for its own because of an address, `null` when there are none or
   * several.
   * @param email an address that the issuer vouches for
   * @param identity whose address it is
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
