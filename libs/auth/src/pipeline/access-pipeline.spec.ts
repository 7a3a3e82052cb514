import type { AccessContext } from '#libs/access';
import { isGatehouseError, newDecisionId, newRequestId } from '#libs/common';
import type { JwtSettings } from '#libs/config';
import { aTeam, anOrganization, aUser } from '#support/access-builders';
import { aBench, type CredentialBench } from '#support/credential-bench';
import { KeyServer } from '#support/key-server';
import { RecordsBench } from '#support/records-bench';
import { aSigningKey, signToken } from '#support/signing';
import { AccessPipeline } from './access-pipeline.js';
import { JudgedCall } from './judged-call.js';
import { PIPELINE_PROVIDERS } from './pipeline-providers.js';

const MASTER_KEY = 'sk-a-long-master-key-for-tests';
const CHAT = 'POST /v1/chat/completions';

/** One call and what must come of it. */
interface Case {
  readonly claims?: Record<string, unknown>;
  readonly token?: string;
  readonly jwt?: Partial<JwtSettings>;
  readonly route?: string;
  readonly body?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

describe('the pipeline, with real tokens', () => {
  const key = aSigningKey();
  const records = new RecordsBench();
  let server: KeyServer;
  let bench: CredentialBench;

  beforeAll(async () => {
    server = await KeyServer.start(key.publicJwk);
    bench = await aBench([...PIPELINE_PROVIDERS, ...records.providers()], {
      masterKey: MASTER_KEY,
      jwt: { publicKeyUrls: [server.jwksUrl] },
    });
  });

  afterAll(async () => {
    await bench.close();
    await server.stop();
  });

  beforeEach(() => {
    records.reset();
    records.users.set('alice', aUser({ boundIssuer: server.origin }));
    records.teams.set('research', aTeam());
    records.members.add('research:alice');
  });

  const defaults: Partial<JwtSettings> = {
    teamIdField: 'team',
    userIdField: 'sub',
    userEmailField: 'email',
    orgIdField: 'org',
    endUserIdField: 'end_user',
    allowedEmailDomains: ['acme.example'],
  };

  function tokenFor(claims: Record<string, unknown>): string {
    const { seconds } = bench.clock;
    const payload = {
      iss: server.origin,
      sub: 'alice',
      email: 'alice@acme.example',
      team: 'research',
      iat: seconds,
      exp: seconds + 60,
      ...claims,
    };
    return signToken(key, { payload });
  }

  function callOf({ claims = {}, token, route = CHAT, body, headers = {} }: Case): JudgedCall {
    const [method = '', target = ''] = route.split(' ');
    const call = new JudgedCall({
      requestId: newRequestId(),
      clientRequestId: null,
      decisionId: newDecisionId(),
      method,
      target,
      headers: { authorization: [`Bearer ${token ?? tokenFor(claims)}`], ...headers },
      remoteAddress: '127.0.0.1',
      source: { kind: 'headers' },
    });
    const members = new Map(Object.entries(body ?? { model: 'gpt-4o' }));
    call.body = { value: (name) => members.get(name) };
    return call;
  }

  async function judge(one: Case): Promise<JudgedCall> {
    const { settings } = bench;
    const before = settings.current;
    settings.swap({ ...before, jwt: { ...before.jwt, ...defaults, ...one.jwt } });
    const call = callOf(one);
    try {
      await bench.module.get(AccessPipeline).run(call);
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      expect(call.failure).toEqual({ code: error.code, status: error.status });
    } finally {
      settings.swap(before);
    }
    return call;
  }

  async function admit(one: Case): Promise<AccessContext> {
    const call = await judge(one);
    if (call.access === null) throw new Error(`refused: ${JSON.stringify(call.trace.steps)}`);
    return call.access;
  }

  const refusals: [string, Case, string, number][] = [
    ['no valid signature', { token: 'a.b.c' }, 'token_invalid', 401],
    ['an expired token', { claims: { exp: 1 } }, 'token_expired', 401],
    [
      'a foreign email domain',
      { claims: { email: 'a@evil-acme.example' } },
      'email_domain_not_allowed',
      403,
    ],
    [
      'a foreign email domain of an administrator',
      { claims: { email: 'a@b.example', scope: 'litellm_proxy_admin' }, route: 'POST /team/new' },
      'email_domain_not_allowed',
      403,
    ],
    [
      'an administrator who calls a model',
      { claims: { scope: 'litellm_proxy_admin' } },
      'route_not_allowed',
      403,
    ],
    ['a member who administers', { route: 'POST /team/new' }, 'route_not_allowed', 403],
    ['a path in no normal form', { route: 'POST /v1//chat/completions' }, 'not_found', 404],
    ['an unknown user', { claims: { sub: 'bob' } }, 'user_unknown', 403],
    ['an unknown organisation', { claims: { org: 'nowhere' } }, 'org_unknown', 403],
    ['no team', { claims: { team: undefined } }, 'team_required', 403],
    ['an unknown team', { claims: { team: 'nowhere' } }, 'team_unknown', 403],
    ['a model that is no name', { body: { model: ['gpt-4o'] } }, 'request_invalid', 400],
    ['an end user that is no id', { body: { model: 'gpt-4o', user: 7 } }, 'request_invalid', 400],
  ];

  it.each(refusals)('refuses %s', async (_name, one, code, status) => {
    const call = await judge(one);
    expect(call.failure).toEqual({ code, status });
    expect(call.access).toBeNull();
    expect(call.trace.steps.at(-1)).toMatchObject({ outcome: 'refused' });
    expect(records.transactions).toBe(0);
  });

  it('asks for no row before the token alone has been judged', async () => {
    await judge({ claims: { email: 'a@b.example' } });
    await judge({ route: 'POST /no/such/route', jwt: { adminIssuers: [] } });
    await judge({ token: 'a.b.c' });
    expect(records.lookups).toEqual([]);
  });

  it('refuses blocked users, teams and end users', async () => {
    records.endUsers.set('mallory', { endUserId: 'mallory', blocked: true });
    const mallory: Case = { body: { model: 'gpt-4o', user: 'mallory' } };
    expect((await judge(mallory)).failure?.code).toBe('end_user_blocked');
    records.teams.set('research', aTeam({ blocked: true }));
    expect((await judge(mallory)).failure?.code).toBe('team_blocked');
    records.users.set('alice', aUser({ blocked: true }));
    expect((await judge(mallory)).failure?.code).toBe('user_blocked');
  });

  it('lets the next request in after a block was lifted', async () => {
    records.teams.set('research', aTeam({ blocked: true }));
    expect((await judge({})).failure?.code).toBe('team_blocked');
    records.teams.set('research', aTeam());
    expect((await judge({})).failure).toBeNull();
  });

  it('refuses an account that another issuer has claimed', async () => {
    records.users.set('alice', aUser({ boundIssuer: 'https://other' }));
    expect((await judge({})).failure?.code).toBe('identity_conflict');
  });

  it.each([
    ['team', 'team_model_access_denied'],
    ['user', 'user_model_access_denied'],
    ['organization', 'org_model_access_denied'],
  ])(
    'refuses a model that the %s is not granted, before asking whether it exists',
    async (who, type) => {
      const models = ['other'];
      if (who === 'team') records.teams.set('research', aTeam({ models }));
      if (who === 'user') records.users.set('alice', aUser({ boundIssuer: server.origin, models }));
      if (who === 'organization') {
        records.teams.set('research', aTeam({ organizationId: 'acme' }));
        records.organizations.set('acme', anOrganization({ models }));
      }
      for (const one of [
        { body: { model: 'gpt-4o' } },
        { body: { model: 'does-not-exist' } },
        { body: { model: 'other' }, route: 'POST /engines/gpt-4o/chat/completions' },
        { body: { model: 'other' }, route: 'POST /openai/deployments/gpt-4o/chat/completions' },
      ]) {
        const call = callOf(one);
        const { settings } = bench;
        const before = settings.current;
        settings.swap({ ...before, jwt: { ...before.jwt, ...defaults } });
        const run = bench.module.get(AccessPipeline).run(call);
        await expect(run).rejects.toMatchObject({
          code: 'model_not_allowed',
          type,
          param: 'model',
        });
        settings.swap(before);
      }
    },
  );

  it('admits a member and books the call to everybody whom the token names', async () => {
    records.teams.set('research', aTeam({ organizationId: 'acme' }));
    records.organizations.set('acme', anOrganization());
    const access = await admit({
      claims: { end_user: 'claimed' },
      body: { model: 'gpt-4o', user: 'ignored' },
    });
    expect(access.attribution).toEqual({
      issuer: server.origin,
      subject: 'alice',
      keyId: null,
      userId: 'alice',
      teamId: 'research',
      orgId: 'acme',
      endUserId: 'claimed',
    });
    expect(access.role).toBe('internal_user');
    expect(Object.isFrozen(access) && Object.isFrozen(access.attribution)).toBe(true);
  });

  it('takes the end user from the body, else from a header, on routes that call models', async () => {
    const headers = { 'x-litellm-customer-id': 'in-header' };
    const named = await admit({ body: { model: 'gpt-4o', user: 'in-body' }, headers });
    expect(named.attribution.endUserId).toBe('in-body');
    expect((await admit({ headers })).attribution.endUserId).toBe('in-header');
    const listed = await admit({ route: 'GET /team/list', body: { user: 'in-body' }, headers });
    expect(listed.attribution.endUserId).toBeNull();
  });

  it('takes a member "model" for a model only on routes that call models', async () => {
    records.teams.set('research', aTeam({ models: ['other'] }));
    expect((await judge({ route: 'GET /team/list' })).failure).toBeNull();
  });

  it('plans the rows of a first call and writes them once, when told to', async () => {
    const jwt = { userIdUpsert: true, teamIdUpsert: true };
    const claims = { sub: 'new', team: 'fresh' };
    const access = await admit({ claims, jwt, body: { model: 'gpt-4o', user: 'end' } });
    expect(records.written).toEqual([]);
    await Promise.all([access.admission.commit(), access.admission.commit()]);
    expect(records.written).toEqual([
      'user new',
      'team fresh',
      'membership fresh:new',
      'end_user end',
    ]);
    expect(records.transactions).toBe(1);
    const again = await admit({ claims, jwt, body: { model: 'gpt-4o', user: 'end' } });
    await again.admission.commit();
    expect(records.transactions).toBe(1);
  });

  it('tries a commit again that failed', async () => {
    const access = await admit({ claims: { sub: 'new' }, jwt: { userIdUpsert: true } });
    records.isDown = true;
    await expect(access.admission.commit()).rejects.toMatchObject({ code: 'database_unavailable' });
    records.isDown = false;
    await access.admission.commit();
    expect(records.written).toEqual(['user new', 'membership research:new']);
  });

  it('finds a user by a verified email address only, and asks for it once', async () => {
    records.users.set('row-7', aUser({ userId: 'row-7', email: 'z@acme.example' }));
    const claims = { sub: 'unknown', email: 'z@acme.example' };
    expect((await judge({ claims })).failure?.code).toBe('user_unknown');
    expect((await judge({ claims: { ...claims, email_verified: false } })).failure?.code).toBe(
      'user_unknown',
    );
    const verified: Case = { claims: { ...claims, email_verified: true } };
    expect((await admit(verified)).attribution.userId).toBe('row-7');
    await admit(verified);
    expect(records.lookups.filter((one) => one.startsWith('email'))).toHaveLength(1);
    records.users.delete('row-7');
    records.feed.deliver('user', 'row-7');
    expect((await judge(verified)).failure?.code).toBe('user_unknown');
  });

  it('never finds by its address the row of another identity, nor anything for a malformed id', async () => {
    const row = { userId: 'row-7', email: 'z@acme.example', boundIssuer: server.origin };
    const claims = { sub: 'mallory', email: 'z@acme.example', email_verified: true };
    records.users.set('row-7', aUser({ ...row, boundSubject: 'victim' }));
    expect((await judge({ claims })).failure?.code).toBe('user_unknown');
    records.users.set('row-7', aUser({ ...row, boundIssuer: null }));
    records.feed.deliver('user', 'row-7');
    const jwt = { userIdField: 'id' };
    const malformed = await admit({ claims: { ...claims, id: ['mallory'] }, jwt });
    expect(malformed.attribution).toMatchObject({ subject: 'mallory', userId: null });
    const nameless = { claims: { ...claims, sub: undefined, id: 'm' }, jwt };
    expect((await judge(nameless)).failure?.code).toBe('user_unknown');
    expect((await admit({ claims })).attribution.userId).toBe('row-7');
  });

  it('links a row that was found by its address to the identity, once', async () => {
    records.users.set('row-7', aUser({ userId: 'row-7', email: 'z@acme.example' }));
    const claims = { sub: 'zoe', email: 'z@acme.example', email_verified: true };
    await (await admit({ claims })).admission.commit();
    records.feed.deliver('user', 'row-7');
    expect(records.users.get('row-7')).toMatchObject({
      boundIssuer: server.origin,
      boundSubject: 'zoe',
    });
    await (await admit({ claims })).admission.commit();
    expect(records.written).toEqual(['binding row-7', 'membership research:row-7']);
    expect((await judge({ claims: { ...claims, sub: 'mallory' } })).failure?.code).toBe(
      'user_unknown',
    );
  });

  it('lets a team of client_id be used and never required', async () => {
    const jwt = { teamIdField: null };
    const soft = await judge({ claims: { client_id: 'nowhere' }, jwt });
    expect(soft.access?.attribution.teamId).toBeNull();
    expect(soft.trace.teamCandidates).toMatchObject([{ team_id: 'nowhere', chosen: false }]);
    expect((await admit({ claims: { azp: 'research' }, jwt })).attribution.teamId).toBe('research');
  });

  it('lets an administrative row administer where its issuer may assert administrators', async () => {
    const user = aUser({ boundIssuer: server.origin, role: 'proxy_admin' });
    records.users.set('alice', user);
    const route = 'POST /team/new';
    expect((await admit({ route })).role).toBe('proxy_admin');
    expect((await judge({ route, jwt: { adminIssuers: ['https://other'] } })).failure?.code).toBe(
      'route_not_allowed',
    );
    records.users.set('alice', { ...user, blocked: true });
    expect((await judge({ route })).failure?.code).toBe('route_not_allowed');
  });

  it('lets the master key use everything, without a row', async () => {
    const access = await admit({ token: MASTER_KEY, route: 'POST /anything' });
    expect(access.role).toBe('proxy_admin');
    expect(access.models.mayUse('anything')).toBe(true);
    expect((await admit({ token: MASTER_KEY })).attribution.userId).toBe('default_user_id');
    expect(records.lookups).toEqual([]);
    await access.admission.commit();
    expect(records.transactions).toBe(0);
  });

  it('needs the database only for rows', async () => {
    records.isDown = true;
    expect((await judge({})).failure).toEqual({ code: 'database_unavailable', status: 503 });
    expect((await judge({ token: MASTER_KEY })).failure).toBeNull();
    expect((await judge({ token: 'a.b.c' })).failure?.code).toBe('token_invalid');
  });

  it('leaves a step of every guard that ran, in their order, without values of other claims', async () => {
    const call = await judge({ claims: { secret: 'do-not-tell', scope: 'a-scope' } });
    const guards = [...new Set(call.trace.steps.map(({ guard }) => guard))];
    expect(guards).toEqual(['jwt-auth', 'email-domain', 'rbac', 'scopes', 'tenancy']);
    const text = JSON.stringify(call.trace.steps);
    expect(text).not.toContain('do-not-tell');
    expect(text).not.toContain('alice@acme.example');
  });
});
