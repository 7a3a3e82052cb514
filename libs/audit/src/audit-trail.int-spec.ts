import { describeOnEachDatabase } from '#support/each-database';
import {
  aMasterKeyAccess,
  AN_ADMIN,
  anAccess,
  openManagement,
  type ManagementHarness,
} from '#support/management';
import { auditActorOf } from './audit-actor.js';
import type { AuditChange } from './audit-trail.service.js';

function aChange(objectId: string, overrides: Partial<AuditChange> = {}): AuditChange {
  return {
    action: 'updated',
    table: 'teams',
    objectId,
    before: { models: ['a'] },
    after: { models: ['b'], at: 1e21, text: 'ä\u2028', small: 5e-324 },
    actor: AN_ADMIN,
    ...overrides,
  };
}

describeOnEachDatabase('AuditTrail', (freshDatabase) => {
  let harness: ManagementHarness;

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
  });
  afterAll(async () => {
    await harness.close();
  });

  const record = (change: AuditChange): Promise<void> =>
    harness.database.write((unit) => {
      harness.audit.record(unit, change);
      return Promise.resolve();
    });
  const tamper = (sql: string): Promise<unknown> =>
    harness.database.write(async ({ manager }) => {
      await manager.query('ALTER TABLE audit_entries DISABLE TRIGGER ALL');
      await manager.query(sql);
      await manager.query('ALTER TABLE audit_entries ENABLE TRIGGER ALL');
    });
  const lastSequence = async (): Promise<number> => {
    const result = await harness.audit.verify();
    return result.isIntact ? result.entries : Number.NaN;
  };

  it('keeps who, what, before, after, when and in which request', async () => {
    const before = new Date();
    await record(aChange('kept', { action: 'blocked' }));
    const [entry] = await harness.entriesOf('kept');
    expect(entry).toMatchObject({
      actor_kind: 'jwt',
      actor_user_id: 'root',
      actor_issuer: 'https://issuer.example',
      actor_subject: 'root',
      request_id: 'req_test',
      decision_id: 'dec_test',
      action: 'blocked',
      table_name: 'teams',
      before_value: { models: ['a'] },
      after_value: { models: ['b'], at: 1e21, text: 'ä\u2028' },
    });
    expect((entry?.['recorded_at'] as Date).getTime()).toBeGreaterThanOrEqual(before.getTime());
  });

  it('names the master key as user default_user_id and a person by its account', () => {
    expect(auditActorOf(aMasterKeyAccess())).toMatchObject({
      kind: 'master_key',
      userId: 'default_user_id',
      subject: null,
    });
    expect(auditActorOf(anAccess())).toMatchObject({ kind: 'jwt', userId: 'alice' });
  });

  it('stores no secret', async () => {
    await record(aChange('masked', { after: { metadata: { upstream_api_key: 'sk-live' } } }));
    const entries = await harness.entriesOf('masked');
    expect(JSON.stringify(entries)).not.toContain('sk-live');
  });

  it('keeps no entry of a change that was rolled back', async () => {
    const entries = await lastSequence();
    await expect(
      harness.database.write((unit) => {
        harness.audit.record(unit, aChange('rolled-back'));
        return Promise.reject(new Error('no'));
      }),
    ).rejects.toThrow('no');
    expect(await lastSequence()).toBe(entries);
    expect(await harness.entriesOf('rolled-back')).toEqual([]);
  });

  it('makes one unbroken chain of entries that are written at once', async () => {
    const entries = await lastSequence();
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => record(aChange(`at-once-${index}`))),
    );
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true, entries: entries + 40 });
  });

  it('appends the changes of one transaction in their order, behind everything else that it does', async () => {
    const entries = await lastSequence();
    await harness.database.write(async (unit) => {
      for (const id of ['one', 'two', 'three']) harness.audit.record(unit, aChange(id));
      const written: unknown[] = await unit.manager.query('SELECT FROM audit_entries');
      expect(written).toHaveLength(entries);
    });
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true, entries: entries + 3 });
    const sequences = await Promise.all(
      ['one', 'two', 'three'].map(async (id) => (await harness.entriesOf(id))[0]),
    );
    expect(sequences.map((entry) => Number(entry?.['sequence']) - entries)).toEqual([1, 2, 3]);
  });

  it.each([
    ['UPDATE', `UPDATE audit_entries SET action = 'created'`],
    ['DELETE', 'DELETE FROM audit_entries'],
    ['TRUNCATE', 'TRUNCATE audit_entries'],
  ])('refuses %s in the database itself', async (_name, sql) => {
    const entries = await lastSequence();
    await expect(harness.database.write(({ manager }) => manager.query(sql))).rejects.toThrow(
      'append-only',
    );
    expect(await lastSequence()).toBe(entries);
  });

  it.each([
    ['a changed value', `UPDATE audit_entries SET after_value = '{"models":[]}'`, 'was changed'],
    ['a changed actor', `UPDATE audit_entries SET actor_user_id = 'mallory'`, 'was changed'],
    [
      'a changed time',
      `UPDATE audit_entries SET recorded_at = recorded_at + interval '1 s'`,
      'was changed',
    ],
    ['a forged hash', `UPDATE audit_entries SET hash = repeat('a', 64)`, 'was changed'],
    ['a missing entry', 'DELETE FROM audit_entries', 'is missing'],
  ])('finds %s at its place', async (_name, sql, problem) => {
    await record(aChange('victim'));
    const sequence = await lastSequence();
    await record(aChange('successor'));
    const saved = await harness.entriesOf('victim');
    const victim = saved.at(-1);
    await tamper(`${sql} WHERE sequence = ${String(sequence)}`);

    const result = await harness.audit.verify();

    expect(result).toMatchObject({ isIntact: false, sequence });
    expect(result).toHaveProperty('problem', expect.stringContaining(problem));
    await restore(victim ?? {});
    expect(await harness.audit.verify()).toMatchObject({ isIntact: true });
  });

  it('finds a tail that was cut off', async () => {
    await record(aChange('tail'));
    const sequence = await lastSequence();
    const [tail] = await harness.entriesOf('tail');
    await tamper(`DELETE FROM audit_entries WHERE sequence = ${String(sequence)}`);
    expect(await harness.audit.verify()).toMatchObject({ isIntact: false, sequence });
    await restore(tail ?? {});
  });

  async function restore(entry: Record<string, unknown>): Promise<void> {
    await harness.database.write(async ({ manager }) => {
      await manager.query('ALTER TABLE audit_entries DISABLE TRIGGER ALL');
      await manager.query('DELETE FROM audit_entries WHERE sequence = $1', [entry['sequence']]);
      await manager.query('ALTER TABLE audit_entries ENABLE TRIGGER ALL');
      const names = Object.keys(entry);
      const places = names.map((_, index) => `$${index + 1}`);
      await manager.query(
        `INSERT INTO audit_entries (${names.join(', ')}) VALUES (${places.join(', ')})`,
        Object.values(entry).map((value) =>
          value instanceof Date || typeof value !== 'object' || value === null
            ? value
            : JSON.stringify(value),
        ),
      );
    });
  }
});
