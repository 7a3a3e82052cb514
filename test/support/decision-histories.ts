import { UNLIMITED } from '#libs/access';
import fc from 'fast-check';
import type { Settings } from '#libs/config';
import { keyIdOf } from '#libs/keys';
import type { UserSnapshot } from '#libs/users';
import { anEndUser, aTeam, anOrganization, aUser } from './access-builders.js';
import type { ManualClock } from './manual-clock.js';
import type { RecordsHarness } from './records-harness.js';

/** The credential of the virtual key that histories change. */
export const VIRTUAL_KEY = 'sk-a-key-of-the-random-histories';

/** Models of the calls. */
export const MODELS = ['gpt-4o', 'o3'] as const;

const TEAMS = ['research', 'sales'] as const;
const USERS = ['alice', 'bob'] as const;

interface Target {
  readonly kind: 'token' | 'subject';
  readonly issuer: string;
  readonly value: string;
}

/** A request of a history. */
export interface Call {
  readonly kind: 'call';
  /** Index of a credential. */
  readonly caller: number;
  readonly model: unknown;
  readonly route: string;
  readonly team: string | undefined;
  readonly user: unknown;
}

/** Something that changes what decisions read. */
export interface Change {
  readonly kind: 'change';
  readonly apply: (world: World) => void;
  toString?(): string;
}

/** Rows, clock and settings that the pipelines of a history see. */
export interface World {
  readonly records: RecordsHarness;
  readonly clock: ManualClock;
  readonly settings: readonly Settings[];
  readonly use: (settings: Settings) => void;
  /** Issuer of every token. */
  readonly issuer: string;
  /** Where the clock stands at first, in ms since the Unix epoch. */
  readonly startMs: number;
}

const anyCall: fc.Arbitrary<Call> = fc.record({
  kind: fc.constant('call' as const),
  caller: fc.nat({ max: 5 }),
  model: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<unknown>(...MODELS) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(undefined, null, '', 0, ['gpt-4o'], 'none') },
  ),
  route: fc.constantFrom(
    'POST /v1/chat/completions',
    'POST /v1/chat/completions',
    'GET /v1/models',
    'POST /team/new',
  ),
  team: fc.constantFrom(undefined, undefined, 'research', 'sales', 'nowhere'),
  user: fc.constantFrom<unknown>(undefined, undefined, null, 'shopper', 'vip', 7),
});

/** The same few calls again and again, among others. */
const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.nat({ max: 5 }).map(usualCall),
  },
  { weight: 1, arbitrary: anyCall },
);

function usualCall(caller: number): Call {
  return {
    kind: 'call',
    caller,
    model: 'gpt-4o',
    route: 'POST /v1/chat/completions',
    team: undefined,
    user: undefined,
  };
}

function change<T>(
  name: string,
  values: fc.Arbitrary<T>,
  apply: (world: World, value: T) => void,
): fc.Arbitrary<Change> {
  return values.map((value) => ({
    kind: 'change' as const,
    apply: (world: World) => {
      apply(world, value);
    },
    toString: () => `${name} ${JSON.stringify(value)}`,
  }));
}

const models = fc.constantFrom<string[]>([], ['gpt-4o'], ['o3'], ['no-default-models']);
const rowChanges = fc.oneof(
  change(
    'team',
    fc.tuple(fc.constantFrom(...TEAMS), fc.boolean(), models),
    ({ records }, [teamId, blocked, list]) =>
      records.teams.set(teamId, aTeam({ teamId, blocked, models: list })),
  ),
  change('no team', fc.constantFrom(...TEAMS), ({ records }, id) => records.teams.delete(id)),
  change(
    'user',
    fc.tuple(fc.constantFrom(...USERS), fc.boolean(), models),
    ({ records, issuer }, [userId, blocked, list]) =>
      records.users.set(userId, {
        ...aBoundUser(userId, issuer),
        blocked,
        models: list,
      }),
  ),
  change('no user', fc.constantFrom(...USERS), ({ records }, id) => records.users.delete(id)),
  change('membership', fc.constantFrom(...TEAMS), ({ records }, id) =>
    records.memberships.set(`${id}:alice`, 'admin'),
  ),
  change('no membership', fc.constantFrom(...TEAMS), ({ records }, id) =>
    records.memberships.delete(`${id}:alice`),
  ),
  change('organisation', models, ({ records }, list) =>
    records.organizations.set('acme', anOrganization({ models: list })),
  ),
  change(
    'end user',
    fc.tuple(fc.constantFrom('shopper', 'vip'), fc.boolean()),
    ({ records }, [endUserId, blocked]) =>
      records.endUsers.set(endUserId, anEndUser({ endUserId, blocked })),
  ),
  change(
    'key',
    fc.tuple(fc.boolean(), models, fc.constantFrom(null, 15)),
    ({ records, startMs }, [blocked, list, seconds]) => {
      const expiresAtMs = seconds === null ? null : startMs + seconds * 1_000;
      setKey(records, { blocked, models: list, expiresAtMs });
    },
  ),
  change('no key', fc.constant(null), ({ records }) => records.keys.clear()),
  change(
    'revocations',
    fc.constantFrom<Omit<Target, 'issuer'>[]>(
      [],
      [{ kind: 'token', value: 'first' }],
      [{ kind: 'subject', value: 'bob' }],
    ),
    ({ records, issuer }, targets) => {
      revoke(
        records,
        targets.map((target) => ({ ...target, issuer })),
      );
    },
  ),
);

const changes = fc.oneof(
  { weight: 3, arbitrary: rowChanges },
  {
    weight: 1,
    arbitrary: change('settings', fc.nat({ max: 3 }), ({ settings, use }, index) => {
      const next = settings[index];
      if (next !== undefined) use(next);
    }),
  },
  {
    weight: 1,
    arbitrary: change('clock', fc.constantFrom(1, 16, 25, -30), ({ clock }, seconds) => {
      clock.advance(seconds);
    }),
  },
);

/** Calls and changes in random order. */
export const histories = fc.array(
  fc.oneof({ weight: 3, arbitrary: call }, { weight: 1, arbitrary: changes }),
  { minLength: 4, maxLength: 24 },
);

/** Leaves the rows that every history begins with. */
export function beginHistory({ records, clock, issuer, startMs, settings, use }: World): void {
  const [first] = settings;
  records.reset();
  clock.advance((startMs - clock.nowMs()) / 1_000);
  if (first !== undefined) use(first);
  for (const teamId of TEAMS) records.teams.set(teamId, aTeam({ teamId }));
  for (const userId of USERS) records.users.set(userId, aBoundUser(userId, issuer));
  records.organizations.set('acme', anOrganization());
  setKey(records, { blocked: false, models: [], expiresAtMs: null });
  revoke(records, []);
}

function aBoundUser(userId: string, issuer: string): UserSnapshot {
  return aUser({ userId, boundIssuer: issuer, boundSubject: userId });
}

function setKey(
  records: RecordsHarness,
  key: { blocked: boolean; models: string[]; expiresAtMs: number | null },
): void {
  const keyId = keyIdOf(VIRTUAL_KEY);
  records.keys.set(keyId, {
    grant: { keyId, alias: null, models: key.models, allowedRoutes: [] },
    userId: 'alice',
    teamId: 'research',
    organizationId: null,
    blocked: key.blocked,
    limits: UNLIMITED,
    expiresAtMs: key.expiresAtMs,
  });
}

function revoke(records: RecordsHarness, targets: readonly Target[]): void {
  records.revocations = targets.map((target) => ({
    revocation_id: `rev_${target.value}`,
    ...target,
    issued_before: null,
    expires_at: null,
    source: 'admin',
  }));
  records.feed.deliver('revocation', null);
}

/** A history that random ones rarely contain: a virtual key is used, used again, and then expires. */
export const EXPIRING_KEY: readonly (Call | Change)[] = [
  {
    kind: 'change',
    apply: ({ records, startMs }) => {
      setKey(records, { blocked: false, models: [], expiresAtMs: startMs + 15_000 });
    },
  },
  usualCall(4),
  usualCall(4),
  {
    kind: 'change',
    apply: ({ clock }) => {
      clock.advance(16);
    },
  },
  usualCall(4),
];
