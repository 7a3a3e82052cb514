import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { UnitOfWork } from '#libs/database';

describeOnEachDatabase('EndUsersService', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(
      await freshDatabase(),
      'litellm_settings: { max_end_user_budget: 2.5 }',
    );
  });
  afterAll(async () => {
    await harness.close();
  });

  const write = <T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> =>
    harness.database.write(work);
  const block = (ids: readonly string[]) =>
    write((unit) => harness.endUsers.block(unit, ids, AN_ADMIN));
  const unblock = (ids: readonly string[]) =>
    write((unit) => harness.endUsers.unblock(unit, ids, AN_ADMIN));
  const actionsOf = async (id: string): Promise<unknown[]> =>
    (await harness.entriesOf(id)).map((entry) => entry['action']);

  it('makes one row of 50 first calls at once and shows it at once', async () => {
    const endUserId: string = randomUUID();
    expect(await harness.endUsers.find(endUserId)).toBeNull();
    await Promise.all(
      Array.from({ length: 50 }, () => write((unit) => harness.endUsers.ensure(unit, endUserId))),
    );
    expect(await harness.endUsers.find(endUserId)).toMatchObject({ endUserId, blocked: false });
    expect(await harness.entriesOf(endUserId)).toEqual([]);
  });

  it('makes, changes and deletes a row for an administrator, and records each change', async () => {
    const endUserId: string = randomUUID();
    const create = () =>
      write((unit) => harness.endUsers.create(unit, { endUserId, alias: 'Shop' }, AN_ADMIN));
    expect(await create()).toMatchObject({ endUserId, alias: 'Shop', blocked: false });
    await expect(create()).rejects.toMatchObject({ code: 'already_exists' });
    const changes = { alias: null, blocked: true };
    await write((unit) => harness.endUsers.update(unit, endUserId, changes, AN_ADMIN));
    expect(await harness.endUsers.get(endUserId)).toMatchObject({ endUserId, ...changes });
    expect(await harness.endUsers.find(endUserId)).toMatchObject({ blocked: true });
    await write((unit) => harness.endUsers.remove(unit, [endUserId], AN_ADMIN));
    expect(await harness.endUsers.find(endUserId)).toBeNull();
    expect(await actionsOf(endUserId)).toEqual(['created', 'updated', 'deleted']);
  });

  it('blocks known and unknown end users alike, and unblocking lets them in again', async () => {
    const [known, unknown]: string[] = [randomUUID(), randomUUID()];
    const ids = [known ?? '', unknown ?? ''];
    await write((unit) => harness.endUsers.ensure(unit, ids[0] ?? ''));
    expect((await block(ids)).map((row) => row.blocked)).toEqual([true, true]);
    for (const id of ids)
      expect(await harness.endUsers.find(id)).toMatchObject({ endUserId: id, blocked: true });
    await unblock(ids);
    for (const id of ids) {
      expect(await harness.endUsers.find(id)).toMatchObject({ blocked: false });
      expect(await actionsOf(id)).toEqual(['blocked', 'unblocked']);
    }
  });

  it('unblocks and deletes all end users of a request or none', async () => {
    const ids: string[] = [randomUUID(), randomUUID()];
    await block(ids.slice(0, 1));
    const unknown = { code: 'not_found', param: 'user_ids' };
    await expect(unblock(ids)).rejects.toMatchObject(unknown);
    await expect(
      write((unit) => harness.endUsers.remove(unit, ids, AN_ADMIN)),
    ).rejects.toMatchObject(unknown);
    await expect(harness.endUsers.get(ids[1] ?? '')).rejects.toMatchObject({
      ...unknown,
      param: 'end_user_id',
    });
    expect(await harness.endUsers.find(ids[0] ?? '')).toMatchObject({ blocked: true });
  });

  it('blocks the same end users from 20 calls at once without a deadlock', async () => {
    const ids: string[] = Array.from({ length: 10 }, () => randomUUID());
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => block(index % 2 === 0 ? ids : ids.toReversed())),
    );
    for (const id of ids) expect(await harness.endUsers.find(id)).toMatchObject({ blocked: true });
  });

  it('gives end users the configured budget from before their first row on, until they have limits of their own', async () => {
    const endUserId: string = randomUUID();
    const limitsNow = async () => {
      const { limits } = await harness.endUsers.findLimits(endUserId);
      expect(harness.endUsers.peekLimits(endUserId)?.limits).toEqual(limits);
      return limits;
    };
    const configured = { budgets: [{ maxBudget: '2.5', duration: null }], hasMainBudget: true };
    expect(harness.endUsers.peekLimits(endUserId)).toBeUndefined();
    expect(await limitsNow()).toMatchObject(configured);
    await write((unit) => harness.endUsers.ensure(unit, endUserId));
    expect(await limitsNow()).toMatchObject(configured);
    const limits = { requestsPerMinute: 5 };
    await write((unit) => harness.endUsers.update(unit, endUserId, { limits }, AN_ADMIN));
    expect(await limitsNow()).toEqual(limits);
    await write((unit) => harness.endUsers.update(unit, endUserId, { limits: {} }, AN_ADMIN));
    expect(await limitsNow()).toMatchObject(configured);
  });

  it('lists rows in the order of their ids, in pages', async () => {
    const all = (await harness.endUsers.list()).map(({ endUserId }) => endUserId);
    const paged = await harness.endUsers.list({ skip: 1, take: 3 });
    expect(paged.map(({ endUserId }) => endUserId)).toEqual(all.slice(1, 4));
  });

  it('leaves an audit trail that holds together', async () => {
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });
});
