import { randomUUID } from 'node:crypto';
import { describeOnEachDatabase } from '#support/each-database';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import { NO_ORGANIZATION_VALUES, type OrganizationValues } from './entities/organization-record.js';
import type { OrganizationEntity } from './entities/organization.entity.js';

describeOnEachDatabase('OrganizationsService', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  const make = (
    values: Partial<OrganizationValues> = {},
    organizationId: string = randomUUID(),
  ): Promise<OrganizationEntity> =>
    harness.database.write((unit) =>
      harness.organizations.create(
        unit,
        organizationId,
        { ...NO_ORGANIZATION_VALUES, alias: 'Org', ...values },
        AN_ADMIN,
      ),
    );
  const change = (
    organizationId: string,
    changes: Partial<OrganizationValues>,
  ): Promise<OrganizationEntity> =>
    harness.database.write((unit) =>
      harness.organizations.update(unit, organizationId, changes, AN_ADMIN),
    );

  it('shows an organization and every change of it at once', async () => {
    const organizationId: string = randomUUID();
    expect(await harness.organizations.find(organizationId)).toBeNull();
    await make({ models: ['a'] }, organizationId);
    expect(await harness.organizations.find(organizationId)).toEqual({
      organizationId,
      alias: 'Org',
      models: ['a'],
      limits: {},
    });
    await change(organizationId, { models: [] });
    expect(await harness.organizations.find(organizationId)).toMatchObject({ models: [] });
    await harness.database.write(async (unit) => {
      const rows = await harness.organizations.lock(unit, [organizationId]);
      await harness.organizations.remove(unit, rows, AN_ADMIN);
    });
    expect(await harness.organizations.find(organizationId)).toBeNull();
    const actions = (await harness.entriesOf(organizationId)).map((entry) => entry['action']);
    expect(actions).toEqual(['created', 'updated', 'deleted']);
  });

  it('remembers who made and who changed it', async () => {
    expect(await make()).toMatchObject({ createdBy: 'root', updatedBy: 'root' });
  });

  it('keeps metadata as it was given', async () => {
    const metadata = { nested: { list: [1, 'two', null, 0.1, 1e21] }, 'ä "quoted"': true };
    const { organizationId } = await make({ metadata });
    expect(await harness.organizations.get(organizationId)).toMatchObject({ metadata });
  });

  it('refuses an id that is taken and an id that does not exist', async () => {
    const { organizationId } = await make();
    await expect(make({}, organizationId)).rejects.toMatchObject({ code: 'already_exists' });
    const refusal = { code: 'not_found', param: 'organization_id' };
    await expect(change(randomUUID(), {})).rejects.toMatchObject(refusal);
    await expect(harness.organizations.get(randomUUID())).rejects.toMatchObject(refusal);
  });

  it('lists by id and alias', async () => {
    const alias = randomUUID();
    const { organizationId } = await make({ alias });
    await make({ alias });
    expect(await harness.organizations.list({ alias })).toHaveLength(2);
    expect(
      await harness.organizations.list({ alias, organizationIds: [organizationId] }),
    ).toHaveLength(1);
    expect(await harness.organizations.list({ alias: 'nothing' })).toEqual([]);
  });
});
