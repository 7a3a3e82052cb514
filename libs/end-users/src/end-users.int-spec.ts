import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { openManagement, type ManagementBench } from '#support/management';

describeOnEachDatabase('EndUsersService', (freshDatabase) => {
  let bench: ManagementBench;

  beforeAll(async () => {
    bench = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await bench.close();
  });

  it('makes one row of 50 first calls at once and shows it at once', async () => {
    const endUserId: string = randomUUID();
    expect(await bench.endUsers.find(endUserId)).toBeNull();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        bench.database.write((unit) => bench.endUsers.ensure(unit, endUserId)),
      ),
    );
    expect(await bench.endUsers.find(endUserId)).toEqual({ endUserId, blocked: false });
  });
});
