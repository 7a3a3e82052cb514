import type { UsersService } from '#libs/users';
import { LocalChangeFeed } from '#libs/database';
import { aUser } from '#support/access-builders';
import { UserByEmailCache } from './user-by-email-cache.service.js';

const ALICE = { issuer: 'https://issuer.example', subject: 'alice' };

describe('the address book', () => {
  const feed = new LocalChangeFeed();
  const asked: string[] = [];
  const users: Pick<UsersService, 'findByEmail'> = {
    findByEmail: (_email, { subject }) => {
      asked.push(subject);
      return Promise.resolve(subject === 'alice' ? aUser({ userId: 'row-7' }) : null);
    },
  };
  const book = new UserByEmailCache(feed, users as UsersService);

  it('remembers for each identity on its own to which account an address leads', async () => {
    for (let round = 0; round < 2; round += 1) {
      expect(await book.ownerOf('a@x.example', { ...ALICE, subject: 'mallory' })).toBeNull();
      expect(await book.ownerOf('a@x.example', ALICE)).toBe('row-7');
    }
    expect(asked).toEqual(['mallory', 'alice']);
  });

  it('asks again after any change to a user', async () => {
    feed.deliver('user', 'any-user');
    await book.ownerOf('a@x.example', ALICE);
    expect(asked).toEqual(['mallory', 'alice', 'alice']);
  });

  it('asks once for concurrent calls', async () => {
    asked.length = 0;
    feed.deliver('user', 'any-user');
    const all = Array.from({ length: 20 }, () => book.ownerOf('a@x.example', ALICE));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['row-7']));
    expect(asked).toEqual(['alice']);
  });

  it('throws the failure of a lookup, and asks again afterwards', async () => {
    const lookup = jest.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue(null);
    const failing = new UserByEmailCache(feed, { findByEmail: lookup } as unknown as UsersService);
    await expect(failing.ownerOf('b@x.example', ALICE)).rejects.toThrow('away');
    expect(await failing.ownerOf('b@x.example', ALICE)).toBeNull();
    expect(await failing.ownerOf('b@x.example', ALICE)).toBeNull();
    expect(lookup).toHaveBeenCalledTimes(2);
  });
});
