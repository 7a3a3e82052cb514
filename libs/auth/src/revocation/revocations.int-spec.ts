import { rmSync } from 'node:fs';
import { AUDIT_LIBRARY, AuditTrail } from '#libs/audit';
import { createDatabase, DATABASE_ENTITIES, type Database } from '#libs/database';
import { aPrincipal, ISSUER } from '#support/access-builders';
import { describeOnEachDatabase } from '#support/each-database';
import { embeddedDataDirectory } from '#support/embedded';
import { AN_ADMIN } from '#support/management';
import { ManualClock } from '#support/manual-clock';
import { RevocationEntity } from './revocation.entity.js';
import { RevocationList } from './revocation-list.service.js';
import { revocationIdOf } from './revocation.js';
import { RevocationsService, type NewRevocation } from './revocations.service.js';

let made = 0;

function aRevocation(overrides: Partial<NewRevocation> = {}): NewRevocation {
  made += 1;
  return {
    kind: 'subject',
    issuer: ISSUER,
    value: `subject-${String(made)}`,
    issuedBefore: null,
    expiresAt: null,
    source: 'admin',
    note: 'left the company',
    createdBy: 'root',
    ...overrides,
  };
}

describeOnEachDatabase('revocations', (freshDatabase) => {
  let database: Database;
  let clock: ManualClock;
  let service: RevocationsService;
  let list: RevocationList;
  let dataDir: string;

  beforeAll(async () => {
    dataDir = await embeddedDataDirectory();
    const databaseUrl = (await freshDatabase()) ?? null;
    const entities = [...DATABASE_ENTITIES, ...AUDIT_LIBRARY.entities, RevocationEntity];
    const opened = createDatabase({ databaseUrl, dataDir }, { entities });
    opened.start();
    await opened.whenReady();
    database = opened;
    clock = new ManualClock();
    service = new RevocationsService(database, new AuditTrail(database, clock), clock);
    list = new RevocationList(database, database.changes, clock);
  });

  afterAll(async () => {
    list.onModuleDestroy();
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const later = (seconds: number): Date => new Date(clock.nowMs() + seconds * 1_000);
  const isRefused = async (revocation: NewRevocation): Promise<boolean> => {
    const result = list.refuseRevoked(aPrincipal({ subject: revocation.value }));
    return Promise.resolve(result).then(
      () => false,
      () => true,
    );
  };
  const actionsOn = async (revocation: NewRevocation): Promise<string[]> => {
    const rows = await database.read((manager) =>
      manager.query<{ action: string }[]>(
        'SELECT action FROM audit_entries WHERE object_id = $1 ORDER BY sequence',
        [revocationIdOf(revocation)],
      ),
    );
    return rows.map(({ action }) => action);
  };

  it('hold from the moment that they are made until the moment that they are taken back', async () => {
    const revocation = aRevocation();
    expect(await isRefused(revocation)).toBe(false);
    const { revocationId } = await service.add(revocation, AN_ADMIN);
    expect(await isRefused(revocation)).toBe(true);
    await service.remove(revocationId, AN_ADMIN);
    expect(await isRefused(revocation)).toBe(false);
    expect(await actionsOn(revocation)).toEqual(['created', 'deleted']);
    await expect(service.remove(revocationId, AN_ADMIN)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are extended by revoking again, never shortened', async () => {
    const revocation = aRevocation({ expiresAt: later(60), issuedBefore: later(-60) });
    await service.add(revocation, AN_ADMIN);
    const sooner = { ...revocation, expiresAt: later(30), issuedBefore: later(-90), note: 'again' };
    const kept = await service.add(sooner, AN_ADMIN);
    expect(kept).toMatchObject({ ...revocation, note: 'again' });
    const longer = { ...revocation, expiresAt: null, issuedBefore: later(-30) };
    expect(await service.add(longer, AN_ADMIN)).toMatchObject(longer);
    expect(await service.add(revocation, AN_ADMIN)).toMatchObject(longer);
    expect(await actionsOn(revocation)).toEqual(['created', 'updated', 'updated', 'updated']);
  });

  it('stay those of the administrator when a logout comes after', async () => {
    const revocation = aRevocation();
    await service.add(revocation, AN_ADMIN);
    const logout = { ...revocation, source: 'logout', note: null, createdBy: null } as const;
    expect(await service.add({ ...logout, expiresAt: later(60) }, AN_ADMIN)).toMatchObject(
      revocation,
    );
  });

  it('begin anew where an old one has expired', async () => {
    const revocation = aRevocation({ expiresAt: later(10), issuedBefore: later(5) });
    await service.add(revocation, AN_ADMIN);
    clock.advance(11);
    expect(await isRefused(revocation)).toBe(false);
    const again = { ...revocation, expiresAt: later(10), issuedBefore: later(-60) };
    expect(await service.add(again, AN_ADMIN)).toMatchObject(again);
  });

  it('of one target are one, also when they are made at once', async () => {
    const revocation = aRevocation();
    await Promise.all(Array.from({ length: 10 }, () => service.add(revocation, AN_ADMIN)));
    const { total } = await service.page({ kind: 'subject', page: 1, pageSize: 100 });
    const rows = await service.page({ kind: 'subject', page: 1, pageSize: total });
    const values = rows.revocations.map(({ value }) => value);
    expect(values.filter((value) => value === revocation.value)).toHaveLength(1);
  });

  it('of a logout are made once, whole or not at all', async () => {
    const spent = aRevocation({ kind: 'token', source: 'logout' });
    const [first, second] = [aRevocation(), aRevocation()];
    const outcomes = await Promise.all([
      service.addOnce(spent, [first], AN_ADMIN),
      service.addOnce(spent, [first], AN_ADMIN),
    ]);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await service.addOnce(spent, [second], AN_ADMIN)).toBe(false);
    expect(await isRefused(first)).toBe(true);
    expect(await isRefused(second)).toBe(false);
  });

  it('are listed newest first, page by page', async () => {
    const issuer = 'https://paged.example';
    const revocations = [1, 2, 3].map(() => aRevocation({ issuer }));
    for (const revocation of revocations) {
      await service.add(revocation, AN_ADMIN);
      clock.advance(1);
    }
    const values = async (page: number): Promise<(string | null)[]> =>
      (await service.page({ issuer, page, pageSize: 2 })).revocations.map(({ value }) => value);
    expect(await values(1)).toEqual([revocations[2]?.value, revocations[1]?.value]);
    expect(await values(2)).toEqual([revocations[0]?.value]);
    expect((await service.page({ issuer, kind: 'token', page: 1, pageSize: 2 })).total).toBe(0);
    expect((await service.page({ issuer, page: 9, pageSize: 2 })).total).toBe(3);
  });

  it('are deleted once they have expired, and not before', async () => {
    const issuer = 'https://pruned.example';
    await service.add(aRevocation({ issuer, expiresAt: later(1) }), AN_ADMIN);
    await service.add(aRevocation({ issuer, expiresAt: later(60) }), AN_ADMIN);
    await service.add(aRevocation({ issuer }), AN_ADMIN);
    clock.advance(1);
    await service.prune();
    expect((await service.page({ issuer, page: 1, pageSize: 10 })).total).toBe(2);
  });
});
