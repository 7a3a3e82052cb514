import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { UserQuery } from './entities/user-query.js';
import { NO_USER_VALUES, type UserValues } from './entities/user-record.js';

describeOnEachDatabase('UsersService', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  describe('listing', () => {
    const marker = randomUUID();
    const idsOf = async (query: Partial<UserQuery>): Promise<string[]> => {
      const { users } = await harness.listing.page({
        page: 1,
        pageSize: 100,
        userIdPart: marker,
        ...query,
      });
      return users.map((user) => user.userId.replace(`${marker}-`, ''));
    };

    beforeAll(async () => {
      const rows: [string, Partial<UserValues>][] = [
        ['a%', { email: `zoe-${marker}@x.example`, role: 'internal_user' }],
        ['b_', { email: `Adam-${marker}@x.example`, role: 'proxy_admin' }],
        [String.raw`c\ `, { alias: 'first' }],
        ['d', { email: `bea-${marker}@x.example`, role: 'internal_user' }],
      ];
      for (const [id, values] of rows) {
        await harness.database.write((unit) =>
          harness.users.create(unit, `${marker}-${id}`, { ...NO_USER_VALUES, ...values }, AN_ADMIN),
        );
      }
    });

    it('is newest first unless told otherwise', async () => {
      expect(await idsOf({})).toEqual(['d', String.raw`c\ `, 'b_', 'a%']);
    });

    it('sorts by any field, empty values last, in both directions', async () => {
      expect(await idsOf({ sortBy: 'user_email' })).toEqual(['b_', 'd', 'a%', String.raw`c\ `]);
      expect(await idsOf({ sortBy: 'user_email', isDescending: true })).toEqual([
        'a%',
        'd',
        'b_',
        String.raw`c\ `,
      ]);
      expect(await idsOf({ sortBy: 'user_id' })).toHaveLength(4);
      expect(await idsOf({ sortBy: 'user_role' })).toHaveLength(4);
      expect(await idsOf({ sortBy: 'user_alias' })).toHaveLength(4);
    });

    it('sorts by spend', async () => {
      await harness.database.write(({ manager }) =>
        manager.query(
          `INSERT INTO spend_totals (scope, id, spend_usd)
           VALUES ('user', $1, 2), ('user', $2, 10), ('team', $3, 99)`,
          [`${marker}-a%`, `${marker}-d`, `${marker}-b_`],
        ),
      );
      const ids = await idsOf({ sortBy: 'spend', isDescending: true });
      expect(ids.slice(0, 2)).toEqual(['d', 'a%']);
      expect(ids).toHaveLength(4);
    });

    it('pages without gap or overlap and counts all pages', async () => {
      const pages = await Promise.all(
        [1, 2, 3].map((page) =>
          harness.listing.page({ page, pageSize: 3, userIdPart: marker, sortBy: 'user_id' }),
        ),
      );
      expect(pages.map((page) => page.users.length)).toEqual([3, 1, 0]);
      expect(pages.map((page) => page.total)).toEqual([4, 4, 4]);
      const ids = pages.flatMap((page) => page.users.map((user) => user.userId));
      expect(new Set(ids).size).toBe(4);
    });

    it('takes wildcards in a filter for themselves', async () => {
      expect(await idsOf({ userIdPart: `${marker}-a%` })).toEqual(['a%']);
      expect(await idsOf({ userIdPart: `${marker}-%` })).toEqual([]);
      expect(await idsOf({ userIdPart: `${marker}-_` })).toEqual([]);
      expect(await idsOf({ userIdPart: `${marker}-b_` })).toEqual(['b_']);
      expect(await idsOf({ userIdPart: String.raw`${marker}-c\ ` })).toEqual([String.raw`c\ `]);
      expect(await idsOf({ userIdPart: `' OR 1=1 --` })).toEqual([]);
    });

    it('filters by role, ids and part of the address', async () => {
      expect(await idsOf({ role: 'proxy_admin' })).toEqual(['b_']);
      expect(await idsOf({ userIds: [`${marker}-d`, 'absent'] })).toEqual(['d']);
      expect(await idsOf({ userIds: [] })).toEqual([]);
      expect(await idsOf({ emailPart: `ADAM-${marker}` })).toEqual(['b_']);
    });
  });
});
