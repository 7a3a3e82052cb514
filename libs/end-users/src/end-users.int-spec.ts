import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { openManagement, type ManagementHarness } from '#support/management';

describeOnEachDatabase('EndUsersService', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  it('makes one row of 50 first calls at once and shows it at once', async () => {
    const endUserId: string = randomUUID();
    expect(await harness.endUsers.find(endUserId)).toBeNull();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        harness.database.write((unit) => harness.endUsers.ensure(unit, endUserId)),
      ),
    );
    expect(await harness.endUsers.find(endUserId)).toEqual({ endUserId, blocked: false });
  });
});
