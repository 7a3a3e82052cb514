import { GatehouseError } from '#libs/common';
import { LocalChangeFeed, type Database } from '#libs/database';
import { aPrincipal, ISSUER, theMasterKey } from '#support/access-builders';
import { eventually } from '#support/eventually';
import { ManualClock } from '#support/manual-clock';
import { ANONYMOUS } from '../policy/granted-routes.js';
import { RevocationList } from './revocation-list.service.js';
import { revocationIdOf, type RevocationTarget } from './revocation.js';

const ALICE: RevocationTarget = { kind: 'subject', issuer: ISSUER, value: 'alice' };
const ALICE_ID = revocationIdOf(ALICE);
const alice = aPrincipal({ subject: 'alice' });
const bob = aPrincipal({ subject: 'bob' });

/** The table in memory; a test can make it fail, or hold its answers back. */
class FakeTable {
  readonly rows = new Map<string, object>();
  reads = 0;
  isDown = false;
  /** Awaited after the rows were read and before they are handed out. */
  beforeAnswer: (() => Promise<void>) | null = null;

  revoke(target: RevocationTarget, expiresAt: Date | null = null): void {
    this.rows.set(revocationIdOf(target), {
      revocation_id: revocationIdOf(target),
      ...target,
      issued_before: null,
      expires_at: expiresAt,
      source: 'admin',
    });
  }

  get database(): Database {
    const query = async (sql: string, [parameter]: [unknown]): Promise<object[]> => {
      this.reads += 1;
      if (this.isDown) throw new GatehouseError('database_unavailable');
      const ids = sql.includes('ANY') ? (parameter as string[]) : [...this.rows.keys()];
      const found = ids.flatMap((id) => this.rows.get(id) ?? []);
      await this.beforeAnswer?.();
      return found;
    };
    return { read: (work: (manager: object) => unknown) => work({ query }) } as never;
  }
}

describe('the list of revocations in memory', () => {
  let table: FakeTable;
  let feed: LocalChangeFeed;
  let clock: ManualClock;
  let list: RevocationList;

  beforeEach(() => {
    table = new FakeTable();
    feed = new LocalChangeFeed();
    clock = new ManualClock();
    list = new RevocationList(table.database, feed, clock);
  });

  afterEach(() => {
    list.onModuleDestroy();
  });

  const refused = (principal = alice) =>
    expect(list.refuseRevoked(principal)).rejects.toMatchObject({ code: 'token_revoked' });

  it('is read once, and a caller afterwards causes no query', async () => {
    table.revoke(ALICE);
    await refused();
    await refused();
    await list.refuseRevoked(bob);
    expect(table.reads).toBe(1);
  });

  it('tells the trace which revocation it was, and not whose', async () => {
    table.revoke(ALICE);
    await expect(list.refuseRevoked(alice)).rejects.toMatchObject({
      context: { problem: `the token is revoked by ${ALICE_ID} (subject)` },
    });
  });

  it('refuses a caller who comes right behind a change', async () => {
    await list.refuseRevoked(alice);
    table.revoke(ALICE);
    feed.deliver('revocation', ALICE_ID);
    await refused();
    table.rows.clear();
    feed.deliver('revocation', ALICE_ID);
    await list.refuseRevoked(alice);
  });

  /** What a read that began before a change brings is older than the change. */
  it('does not take what was read before a change for what holds behind it', async () => {
    await list.refuseRevoked(alice);
    let response: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (response = resolve));
    table.beforeAnswer = () => gate;
    feed.deliver('revocation', ALICE_ID);
    await eventually(() => expect(table.reads).toBe(2));
    table.revoke(ALICE);
    feed.deliver('revocation', ALICE_ID);
    const result = refused();
    table.beforeAnswer = null;
    response();
    await result;
  });

  it('is read again whole when changes may have been missed', async () => {
    await list.refuseRevoked(alice);
    table.revoke(ALICE);
    feed.deliver('revocation', null);
    await refused();
    table.rows.clear();
    feed.deliver('revocation', null);
    await list.refuseRevoked(alice);
  });

  it('holds on while the database is away', async () => {
    table.revoke(ALICE);
    await refused();
    table.isDown = true;
    await refused();
    await list.refuseRevoked(bob);
  });

  it('admits no token while it is known to be incomplete, and does again when it can be read', async () => {
    table.isDown = true;
    const unavailable = { code: 'database_unavailable' };
    await expect(list.refuseRevoked(bob)).rejects.toMatchObject(unavailable);
    await list.refuseRevoked(theMasterKey());
    table.isDown = false;
    await list.refuseRevoked(bob);
    table.isDown = true;
    feed.deliver('revocation', ALICE_ID);
    await expect(list.refuseRevoked(bob)).rejects.toMatchObject(unavailable);
  });

  it('catches up by itself, and tells when it has', async () => {
    let changes = 0;
    list.onChanged(() => (changes += 1));
    table.isDown = true;
    list.onModuleInit();
    await eventually(() => expect(table.reads).toBeGreaterThan(0));
    table.revoke(ALICE);
    table.isDown = false;
    await eventually(() => expect(changes).toBe(1));
    expect(list.refusalOf(alice)?.code).toBe('token_revoked');
  });

  it('lets what has expired pass', async () => {
    table.revoke(ALICE, new Date(clock.nowMs() + 1_000));
    await refused();
    clock.advance(1);
    await list.refuseRevoked(alice);
  });

  it('is not about credentials without a token', async () => {
    table.revoke(ALICE);
    table.revoke({ kind: 'issued_before', issuer: null, value: null });
    await list.refuseRevoked(theMasterKey());
    await list.refuseRevoked(aPrincipal({ kind: 'virtual_key', issuer: null }));
    await list.refuseRevoked(ANONYMOUS);
    expect(list.refusalOf(ANONYMOUS)).toBeNull();
    await refused(aPrincipal({ kind: 'virtual_key' }));
  });
});
