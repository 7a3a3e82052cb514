import { Withdrawal, type AccessContext, type Attribution, type Principal } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { LocalChangeFeed } from '#libs/database';
import { aPrincipal } from '#support/access-builders';
import { eventually } from '#support/eventually';
import { anAccess } from '#support/management';
import { RevocableCalls, type LiveCall, type RowHolder } from './revocable-calls.js';

interface Row {
  readonly blocked: boolean;
}

/** A call as the guards have it: `access` comes with the last of them. */
class Call implements LiveCall {
  access: AccessContext | null = null;
  evaluatedRows: ReadonlySet<RowHolder> = new Set();
  readonly withdrawal = new Withdrawal();

  constructor(public principal: Principal | null = aPrincipal()) {}

  admitted(userId: string | null = 'alice', further: Partial<Attribution> = {}): this {
    this.access = anAccess({ attribution: { userId, ...further } });
    return this;
  }

  evaluatedWith(...rows: readonly RowHolder[]): this {
    this.evaluatedRows = new Set(rows);
    return this;
  }

  get reason(): string | null {
    return this.withdrawal.reason?.code ?? null;
  }
}

describe('live calls', () => {
  let feed: LocalChangeFeed;
  let users: Map<string, Row>;
  let keys: Map<string, Row>;
  let teams: Map<string, Row>;
  let revokedSubjects: Set<string>;
  let isDown: boolean;
  let tellChange: () => void;
  let live: RevocableCalls;

  beforeEach(() => {
    feed = new LocalChangeFeed();
    users = new Map([['alice', { blocked: false }]]);
    keys = new Map([['key', { blocked: false }]]);
    teams = new Map([['research', { blocked: false }]]);
    revokedSubjects = new Set();
    isDown = false;
    const find = (rows: Map<string, Row>) => ({
      find: (id: string) =>
        isDown
          ? Promise.reject(new GatehouseError('database_unavailable'))
          : Promise.resolve(rows.get(id) ?? null),
    });
    const revocations = {
      onChanged: (listener: () => void) => (tellChange = listener),
      refusalOf: ({ subject }: Principal) =>
        subject !== null && revokedSubjects.has(subject)
          ? new GatehouseError('token_revoked')
          : null,
    };
    live = new RevocableCalls(
      feed,
      revocations as never,
      find(users) as never,
      find(teams) as never,
      find(keys) as never,
    );
  });

  function running(...calls: readonly Call[]): void {
    for (const call of calls) live.track(call);
  }

  it('are withdrawn when their token is revoked, and only they', () => {
    const [alice, bob] = [new Call(), new Call(aPrincipal({ subject: 'bob' }))];
    running(alice.admitted(), bob.admitted('bob'));
    revokedSubjects.add('alice');
    tellChange();
    expect(alice.reason).toBe('token_revoked');
    expect(bob.reason).toBeNull();
  });

  it('are forgotten when their answer has ended', () => {
    const call = new Call().admitted();
    const leave = live.track(call);
    expect(live.count()).toBe(1);
    leave();
    expect(live.count()).toBe(0);
    revokedSubjects.add('alice');
    tellChange();
    expect(call.reason).toBeNull();
  });

  it.each<[string, () => void, string]>([
    ['their user is blocked', () => users.set('alice', { blocked: true }), 'user_blocked'],
    ['their user is deleted', () => users.delete('alice'), 'user_unknown'],
  ])('are withdrawn when %s', async (_what, change, reason) => {
    const [alice, bob] = [new Call().admitted(), new Call().admitted('bob')];
    running(alice, bob);
    change();
    feed.deliver('user', 'alice');
    await eventually(() => expect(alice.reason).toBe(reason));
    expect(bob.reason).toBeNull();
  });

  it.each<[string, 'team' | 'key', () => void, string]>([
    ['team is blocked', 'team', () => teams.set('research', { blocked: true }), 'team_blocked'],
    ['team is deleted', 'team', () => teams.delete('research'), 'team_unknown'],
    ['virtual key is blocked', 'key', () => keys.set('key', { blocked: true }), 'key_blocked'],
    ['virtual key is deleted', 'key', () => keys.delete('key'), 'key_unknown'],
  ])('are withdrawn when their %s', async (_what, topic, change, reason) => {
    const call = new Call().admitted(null, { teamId: 'research', keyId: 'key' });
    running(call);
    change();
    feed.deliver(topic, topic === 'team' ? 'research' : 'key');
    await eventually(() => expect(call.reason).toBe(reason));
  });

  it('go on when their user changes in another way', async () => {
    const [call, other] = [new Call().admitted(), new Call().admitted('bob')];
    running(call, other);
    feed.deliver('user', 'alice');
    users.set('bob', { blocked: true });
    feed.deliver('user', 'bob');
    await eventually(() => expect(other.reason).toBe('user_blocked'));
    expect(call.reason).toBeNull();
  });

  it('are evaluated again when every row may have changed, and a user who is not created yet does not count as deleted', async () => {
    const [blocked, first] = [new Call().admitted(), new Call().admitted('not-there-yet')];
    running(first, blocked);
    users.set('alice', { blocked: true });
    feed.deliver('user', null);
    await eventually(() => expect(blocked.reason).toBe('user_blocked'));
    expect(first.reason).toBeNull();
  });

  it('are looked at again when the row could not be read', async () => {
    const call = new Call().admitted();
    running(call);
    isDown = true;
    users.set('alice', { blocked: true });
    feed.deliver('user', 'alice');
    await new Promise((resolve) => setImmediate(resolve));
    expect(call.reason).toBeNull();
    isDown = false;
    await eventually(() => expect(call.reason).toBe('user_blocked'));
  });

  /** The revocation arrives after the credential was compared with the list and before the guards know whose it is. */
  it.each<[string, () => void, string]>([
    [
      'revoked',
      () => {
        revokedSubjects.add('alice');
        tellChange();
      },
      'token_revoked',
    ],
    [
      'blocked',
      () => {
        users.set('alice', { blocked: true });
        feed.deliver('user', 'alice');
      },
      'user_blocked',
    ],
  ])(
    'are not admitted when they are %s while they are evaluated',
    async (_what, change, reason) => {
      const call = new Call(null);
      running(call);
      change();
      await new Promise((resolve) => setImmediate(resolve));
      call.principal = aPrincipal();
      call.admitted();
      await expect(live.admit(call)).rejects.toMatchObject({ code: reason });
      expect(call.reason).toBe(reason);
    },
  );

  it.each<[RowHolder, string, string]>([
    ['user', 'alice', 'user_unknown'],
    ['team', 'research', 'team_unknown'],
    ['key', 'key', 'key_unknown'],
  ])(
    'are not admitted when the %s that they were evaluated with is deleted meanwhile',
    async (holder, id, reason) => {
      const [evaluated, first] = [new Call(null), new Call(null)];
      running(evaluated, first);
      for (const rows of [users, teams, keys]) rows.delete(id);
      feed.deliver(holder, id);
      await new Promise((resolve) => setImmediate(resolve));
      const further = { teamId: 'research', keyId: 'key' };
      for (const call of [evaluated, first]) call.principal = aPrincipal();
      const result = live.admit(evaluated.admitted('alice', further).evaluatedWith(holder));
      await expect(result).rejects.toMatchObject({ code: reason });
      // A row that was not there is one that the call will make.
      await live.admit(first.admitted('alice', further));
      expect(first.reason).toBeNull();
    },
  );

  it('end when they may have missed that a row of theirs was deleted', async () => {
    const call = new Call().admitted().evaluatedWith('user');
    running(call);
    users.delete('alice');
    feed.deliver('user', null);
    await eventually(() => expect(call.reason).toBe('user_unknown'));
  });

  it('are admitted without a question when nothing has changed', async () => {
    const call = new Call().admitted();
    running(call);
    isDown = true;
    await live.admit(call);
    expect(call.reason).toBeNull();
  });
});
