import { DecisionTrace, NO_TEAMS, type Principal, UNLIMITED } from '#libs/access';
import type { Clock } from '#libs/common';
import { GatehouseError } from '#libs/common';
import type { KeysService } from '#libs/keys';
import { keyIdOf, type KeySnapshot } from '#libs/keys';
import { ManualClock } from '#support/manual-clock';
import { digestOf } from './credential.resolver.js';
import { principalOfKey, runningAs } from './key-principal.js';
import { VirtualKeyResolver } from './virtual-key.resolver.js';
import { aPrincipal } from '#support/access-builders';

const KEY = 'sk-0123456789abcdefghij';
const KEY_ID = keyIdOf(KEY);

const aKey = (over: Partial<KeySnapshot> = {}): KeySnapshot => ({
  grant: { keyId: KEY_ID, alias: null, models: ['mini'], allowedRoutes: [] },
  userId: 'alice',
  teamId: null,
  organizationId: null,
  blocked: false,
  limits: UNLIMITED,
  expiresAtMs: null,
  ...over,
});

describe('a virtual key as a credential', () => {
  let known: KeySnapshot | null;
  let asked: string[];
  let trace: DecisionTrace;
  const clock: Clock = new ManualClock();
  const keys: Pick<KeysService, 'find'> = {
    find: (keyId) => {
      asked.push(keyId);
      return Promise.resolve(keyId === KEY_ID ? known : null);
    },
  };
  const resolver = new VirtualKeyResolver(keys as KeysService, clock);
  const resolve = async (token: string): Promise<Principal | null> =>
    resolver.resolve({ token, digest: digestOf(token), isLocal: false, route: null }, trace);

  beforeEach(() => {
    known = aKey();
    asked = [];
    trace = new DecisionTrace('dec_test');
  });

  it('stands for its owner, with what it restricts and no right of a token', async () => {
    known = aKey({ teamId: 'research', organizationId: 'acme' });
    expect(await resolve(KEY)).toMatchObject({
      kind: 'virtual_key',
      issuer: null,
      subject: null,
      userId: 'alice',
      teams: { ...NO_TEAMS, teamId: 'research', source: 'key' },
      orgId: 'acme',
      scopes: [],
      roles: [],
      isAdmin: false,
      mayAdminister: true,
      key: { keyId: KEY_ID, models: ['mini'] },
    });
  });

  it('is looked up by its hash, and its text stands in no step', async () => {
    await resolve(KEY);
    expect(asked).toEqual([KEY_ID]);
    expect(JSON.stringify(trace.steps)).toContain(KEY_ID);
    expect(JSON.stringify(trace.steps)).not.toContain(KEY.slice(3));
  });

  it.each(['eyJhbGciOiJFUzI1NiJ9.e30.c2ln', 'opaque', 'SK-0123456789abcdef', 'xsk-1'])(
    'is not %s',
    async (token) => {
      expect(await resolve(token)).toBeNull();
      expect(asked).toEqual([]);
    },
  );

  it.each(['sk-unknown', 'sk-a.b.c', 'sk-', `sk-${KEY}`, `${KEY}x`, KEY.slice(0, -1)])(
    'that is unknown is refused and not tried as another credential: %s',
    async (token) => {
      await expect(resolve(token)).rejects.toMatchObject({ code: 'key_unknown', status: 401 });
    },
  );

  it('of a size that no key has is refused without being looked up', async () => {
    await expect(resolve(`sk-${'a'.repeat(5_000)}`)).rejects.toMatchObject({ code: 'key_unknown' });
    expect(asked).toEqual([]);
  });

  it('is not found by its id', async () => {
    expect(await resolve(KEY_ID)).toBeNull();
    await expect(resolve(`sk-${KEY_ID}`)).rejects.toMatchObject({ code: 'key_unknown' });
  });

  it('is refused while it is blocked', async () => {
    known = aKey({ blocked: true });
    await expect(resolve(KEY)).rejects.toMatchObject({ code: 'key_blocked', status: 401 });
  });

  it('is refused from its last instant on, and not before', async () => {
    known = aKey({ expiresAtMs: clock.nowMs() + 1 });
    expect(await resolve(KEY)).not.toBeNull();
    known = aKey({ expiresAtMs: clock.nowMs() });
    await expect(resolve(KEY)).rejects.toMatchObject({
      code: 'key_expired',
      type: 'expired_key',
      status: 401,
    });
  });

  it('is not taken for unknown while the database is away', async () => {
    const away: Pick<KeysService, 'find'> = {
      find: () => Promise.reject(new GatehouseError('database_unavailable')),
    };
    const cut = new VirtualKeyResolver(away as KeysService, clock);
    await expect(
      cut.resolve({ token: KEY, digest: digestOf(KEY), isLocal: false, route: null }, trace),
    ).rejects.toMatchObject({ code: 'database_unavailable', status: 503 });
  });
});

describe('a token that runs as a virtual key', () => {
  const token = aPrincipal({
    isAdmin: true,
    role: 'proxy_admin',
    rbacRole: 'proxy_admin',
    mayAdminister: false,
    orgId: 'acme',
    endUserId: 'end',
    tokenId: 'jti',
    claims: { sub: 'alice' },
  });

  it('has the owner of the key, and neither team nor right of its own', () => {
    expect(runningAs(token, aKey({ userId: 'bob' }))).toMatchObject({
      userId: 'bob',
      teams: NO_TEAMS,
      orgId: null,
      email: null,
      isAdmin: false,
      role: null,
      rbacRole: null,
      key: { keyId: KEY_ID },
    });
  });

  it('stays the token that proved itself, so that it can be revoked and attributed', () => {
    const { kind, issuer, subject, tokenId, endUserId, claims } = token;
    expect(runningAs(token, aKey())).toMatchObject({
      kind,
      issuer,
      subject,
      tokenId,
      endUserId,
      claims,
    });
  });

  it('makes no administrator for an issuer that may not assert one', () => {
    expect(runningAs(token, aKey()).mayAdminister).toBe(false);
    expect(principalOfKey(aKey()).mayAdminister).toBe(true);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(runningAs(token, aKey()))).toBe(true);
    expect(Object.isFrozen(principalOfKey(aKey()))).toBe(true);
  });
});
