import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { Database, UnitOfWork } from '#libs/database';

const LIMITS = { requestsPerMinute: 3 };

describeOnEachDatabase('TagsService', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  const write = <T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> =>
    harness.database.write(work);
  const create = (name: string) =>
    write((unit) =>
      harness.tags.create(unit, { name, description: 'Nightly', limits: LIMITS }, AN_ADMIN),
    );

  it('makes, changes and deletes a tag, shows each change at once and records it', async () => {
    const name = randomUUID();
    expect(await harness.tags.find([name])).toEqual([]);
    expect(await create(name)).toMatchObject({ name, description: 'Nightly', createdBy: 'root' });
    await expect(create(name)).rejects.toMatchObject({ code: 'already_exists' });
    expect(await harness.tags.find([name])).toEqual([{ name, models: [], limits: LIMITS }]);
    const changes = { models: ['gpt-4o'], limits: {} };
    await write((unit) => harness.tags.update(unit, name, changes, AN_ADMIN));
    expect(await harness.tags.find([name])).toEqual([{ name, ...changes }]);
    expect(await harness.tags.get([name])).toMatchObject([{ name, description: 'Nightly' }]);
    await write((unit) => harness.tags.remove(unit, name, AN_ADMIN));
    expect(await harness.tags.find([name])).toEqual([]);
    await expect(harness.tags.get([name])).rejects.toMatchObject({ code: 'not_found' });
    const actions = (await harness.entriesOf(name)).map((entry) => entry['action']);
    expect(actions).toEqual(['created', 'updated', 'deleted']);
  });

  it('refuses to change or delete a tag without a row', async () => {
    const name = randomUUID();
    const update = write((unit) => harness.tags.update(unit, name, {}, AN_ADMIN));
    await expect(update).rejects.toMatchObject({ code: 'not_found' });
    const remove = write((unit) => harness.tags.remove(unit, name, AN_ADMIN));
    await expect(remove).rejects.toMatchObject({ code: 'not_found' });
  });

  it('asks the database once for any number of names that no administrator made', async () => {
    const known = randomUUID();
    await create(known);
    const reading: jest.SpyInstance<Promise<unknown>, Parameters<Database['read']>> = jest.spyOn(
      harness.database,
      'read',
    );
    const names = Array.from({ length: 1_000 }, () => randomUUID());
    for (const name of names) await harness.tags.find([name, known]);
    expect(harness.tags.peek([...names, known])).toMatchObject([{ name: known }]);
    expect(reading).toHaveBeenCalledTimes(1);
    reading.mockRestore();
  });
});
