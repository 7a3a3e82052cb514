import type { IncomingMessage, RequestListener } from 'node:http';
import { DecisionTrace } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import type { ClaimFields, GroupOverageSettings, PolicySettings } from '#libs/config';
import { aHarness, type CredentialHarness } from '#support/credential-harness';
import { aClaim, claimFields, jwtSettings } from '#support/jwt-settings';
import { KeyServer } from '#support/key-server';
import { answering } from '#support/opaque-harness';
import { ClaimsModule } from './claims.module.js';
import { GroupOverageService } from './group-overage.service.js';

const OVERAGE = {
  iss: 'https://id.example',
  oid: 'alice/../x',
  sub: 's',
  _claim_names: { groups: 'src1' },
  _claim_sources: { src1: { endpoint: 'http://127.0.0.1:9/lure' } },
};
const PATH = '/users/alice%2F..%2Fx/groups';

let server: KeyServer;
let harness: CredentialHarness;
let requests: IncomingMessage[];

beforeEach(async () => {
  server = await KeyServer.start();
  requests = [];
});

afterEach(async () => {
  await harness.close();
  await server.stop();
});

/** The directory answers each path with its document, and every token endpoint with a token. */
function directory(pages: Readonly<Record<string, unknown>>, status = 200): RequestListener {
  return (request, response) => {
    requests.push(request);
    const isToken = request.url === '/token';
    const page = isToken ? { access_token: 'ours', expires_in: 3600 } : pages[request.url ?? ''];
    answering(page ?? {}, isToken ? 200 : status)(request, response);
  };
}

async function open(over: Partial<GroupOverageSettings> | null, policies: string[] = []) {
  const overage: GroupOverageSettings | null = over && {
    endpoint: `${server.origin}/users/{oid}/groups`,
    tokenUrl: `${server.origin}/token`,
    clientId: 'gateway',
    clientSecret: 'secret',
    scope: '.default',
    cacheSeconds: 300,
    ...over,
  };
  const written: PolicySettings[] = policies.map((when, index) => ({
    name: String(index),
    when,
    effect: 'deny',
    reason: null,
    mode: 'enforce',
  }));
  harness = await aHarness(
    { imports: [ClaimsModule] },
    {
      jwt: { teams: { ...jwtSettings().teams, overage } },
      access: { policies: written },
    },
  );
}

/** The groups that a token ends up with, or the code of the refusal. */
async function groupsOf(
  claims: Record<string, unknown> = OVERAGE,
  fields: Partial<ClaimFields> = { teamIds: aClaim('groups') },
  token: string | null = 'theirs',
  trace = new DecisionTrace('dec_test'),
): Promise<unknown> {
  const proven = {
    kind: 'jwt' as const,
    claims,
    fields: claimFields(fields),
    configPath: 'x',
    entry: null,
    token,
  };
  try {
    return (await harness.module.get(GroupOverageService).withGroups(proven, trace))['groups'];
  } catch (error) {
    return isGatehouseError(error) ? error.code : String(error);
  }
}

describe('a token that only points at its groups', () => {
  test('gets them from the configured directory, page by page, and from nowhere that it names itself', async () => {
    server.behaviour = directory({
      [PATH]: {
        value: [{ id: 'g1', '@odata.type': '#microsoft.graph.group' }, { id: 'g2' }],
        '@odata.nextLink': `${server.origin}/page2`,
      },
      '/page2': {
        value: ['g3', 7, { id: 'role', '@odata.type': '#microsoft.graph.directoryRole' }],
      },
    });
    await open({});
    const trace = new DecisionTrace('dec_test');
    expect(await groupsOf(OVERAGE, undefined, 'theirs', trace)).toEqual(['g1', 'g2', 'g3']);
    expect(requests.map(({ url }) => url)).toEqual(['/token', PATH, '/page2']);
    expect(requests.slice(1).map(({ headers }) => headers.authorization)).toEqual([
      'Bearer ours',
      'Bearer ours',
    ]);
    expect(trace.steps).toEqual([
      {
        guard: 'jwt-auth',
        outcome: 'passed',
        detail: 'the token only points at its groups: the directory lists 3',
        config_key: 'gatehouse.jwt.group_overage',
      },
    ]);
  });

  test('has them remembered for its subject, and asked for once by many at a time', async () => {
    server.behaviour = directory({ [PATH]: { value: ['g1'] } });
    await open({});
    expect(await Promise.all([groupsOf(), groupsOf(), groupsOf()])).toEqual([
      ['g1'],
      ['g1'],
      ['g1'],
    ]);
    expect(await groupsOf({ ...OVERAGE, jti: 'another' })).toEqual(['g1']);
    expect(requests).toHaveLength(2);
    expect(await groupsOf({ ...OVERAGE, iss: 'https://other.example' })).toEqual(['g1']);
    expect(requests).toHaveLength(3);
    harness.clock.advance(301);
    await groupsOf();
    expect(requests).toHaveLength(4);
  });

  test('is asked about with its own token where no other is configured', async () => {
    server.behaviour = directory({ [PATH]: { value: [] } });
    await open({ tokenUrl: null });
    expect(await groupsOf()).toEqual([]);
    expect(requests[0]?.headers.authorization).toBe('Bearer theirs');
    expect(await groupsOf({ ...OVERAGE, oid: 'bob' }, undefined, null)).toBe('groups_unresolved');
  });

  test.each([[400], [401], [403], [404]])(
    'is refused, and the directory left alone for seconds, where that answers %i',
    async (status) => {
      server.behaviour = directory({}, status);
      await open({});
      expect(await groupsOf()).toBe('groups_unresolved');
      expect(await groupsOf()).toBe('groups_unresolved');
      expect(requests).toHaveLength(2);
      harness.clock.advance(6);
      await groupsOf();
      expect(requests).toHaveLength(3);
    },
  );

  test.each([[429], [500], [503]])('has to wait where the directory answers %i', async (status) => {
    server.behaviour = directory({}, status);
    await open({});
    expect(await groupsOf()).toBe('auth_provider_unavailable');
  });

  test.each<[string, unknown]>([
    ['no list', { value: 'g1' }],
    ['an empty object', {}],
    ['a next page elsewhere', { value: ['g1'], '@odata.nextLink': 'http://127.0.0.2:1/x' }],
    ['a next page that is not an address', { value: ['g1'], '@odata.nextLink': 'x' }],
  ])('never takes %s for groups', async (_what, page) => {
    server.behaviour = directory({ [PATH]: page });
    await open({});
    expect(await groupsOf()).toBe('auth_provider_unavailable');
  });

  test.each([[undefined], [''], ['..'], [7]])('is refused where its oid is %p', async (oid) => {
    await open({});
    expect(await groupsOf({ ...OVERAGE, oid })).toBe('groups_unresolved');
    expect(server.fetches).toBe(0);
  });

  test('is refused where no directory is configured', async () => {
    await open(null);
    expect(await groupsOf()).toBe('groups_unresolved');
    expect(await groupsOf({ sub: 's', hasgroups: true })).toBe('groups_unresolved');
    expect(await groupsOf({ sub: 's', hasgroups: 'true' })).toBe('groups_unresolved');
  });

  test('is refused for any field that reads them before it finds something else', async () => {
    await open(null);
    const roles = (...paths: string[]) => ({ roles: aClaim(...paths) });
    const claims = { ...OVERAGE, roles: ['a'] };
    expect(await groupsOf(claims, roles('groups', 'roles'))).toBe('groups_unresolved');
    expect(await groupsOf(claims, roles('roles', 'groups'))).toBeUndefined();
    expect(await groupsOf(claims, roles('roles'))).toBeUndefined();
  });

  test('and is evaluated by a policy that speaks of groups is refused', async () => {
    await open(null, ['"x" in token.groups']);
    expect(await groupsOf(OVERAGE, {})).toBe('groups_unresolved');
  });

  test.each([['token.clearance != 3'], ['has(token.groups) && token["clearance"] == 1']])(
    'for another claim that a policy speaks of is refused: %s',
    async (policy) => {
      await open({}, [policy]);
      const claims = { sub: 's', oid: 'o', _claim_names: { clearance: 'src1' } };
      expect(await groupsOf(claims, {})).toBe('groups_unresolved');
      expect(await groupsOf({ ...claims, _claim_names: { address: 'src1' } }, {})).toBeUndefined();
    },
  );

  test('for another claim of the mapping is refused even with a configured directory', async () => {
    await open({});
    const claims = { sub: 's', oid: 'o', _claim_names: { roles: 'src1' } };
    expect(await groupsOf(claims, { roles: aClaim('roles') })).toBe('groups_unresolved');
  });
});

test('a token with its groups, and one that is in none, is taken as it is', async () => {
  await open({});
  const fields = { teamIds: aClaim('groups') };
  expect(await groupsOf({ ...OVERAGE, groups: ['g'] }, fields)).toEqual(['g']);
  expect(await groupsOf({ sub: 's', hasgroups: false }, fields)).toBeUndefined();
  expect(await groupsOf({ sub: 's', _claim_names: null }, fields)).toBeUndefined();
  expect(await groupsOf({ sub: 's', _claim_names: ['groups'] }, fields)).toBeUndefined();
  expect(server.fetches).toBe(0);
});
