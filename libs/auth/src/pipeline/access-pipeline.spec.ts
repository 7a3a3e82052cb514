import { GUARD_NAMES } from '#libs/access';
import { anEndUser, aTeam, anOrganization, aUser } from '#support/access-builders';
import { describePipeline, MASTER_KEY, type PipelineCase } from '#support/pipeline-harness';

describePipeline('the pipeline, with real tokens', (harness) => {
  const refusals: [string, PipelineCase, string, number][] = [
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
    ['a model that is not a string', { body: { model: ['gpt-4o'] } }, 'request_invalid', 400],
    [
      'an end user that is not a string',
      { body: { model: 'gpt-4o', user: 7 } },
      'request_invalid',
      400,
    ],
  ];

  it.each(refusals)('refuses %s', async (_name, one, code, status) => {
    const call = await harness.evaluate(one);
    expect(call.failure).toEqual({ code, status });
    expect(call.access).toBeNull();
    expect(call.trace.steps.at(-1)).toMatchObject({ outcome: 'refused' });
    expect(harness.records.transactions).toBe(0);
  });

  it('asks for no row before the token alone has been evaluated', async () => {
    await harness.evaluate({ claims: { email: 'a@b.example' } });
    await harness.evaluate({ route: 'POST /no/such/route', jwt: { adminIssuers: [] } });
    await harness.evaluate({ token: 'a.b.c' });
    expect(harness.records.lookups).toEqual([]);
  });

  it('refuses blocked users, teams and end users', async () => {
    harness.records.endUsers.set('mallory', anEndUser({ endUserId: 'mallory', blocked: true }));
    const mallory: PipelineCase = { body: { model: 'gpt-4o', user: 'mallory' } };
    expect((await harness.evaluate(mallory)).failure?.code).toBe('end_user_blocked');
    harness.records.teams.set('research', aTeam({ blocked: true }));
    expect((await harness.evaluate(mallory)).failure?.code).toBe('team_blocked');
    harness.records.users.set('alice', aUser({ blocked: true }));
    expect((await harness.evaluate(mallory)).failure?.code).toBe('user_blocked');
  });

  it('lets the next request in after a block was lifted', async () => {
    harness.records.teams.set('research', aTeam({ blocked: true }));
    expect((await harness.evaluate({})).failure?.code).toBe('team_blocked');
    harness.records.teams.set('research', aTeam());
    expect((await harness.evaluate({})).failure).toBeNull();
  });

  it.each([
    ['team', 'team_model_access_denied'],
    ['user', 'user_model_access_denied'],
    ['organization', 'org_model_access_denied'],
  ])(
    'refuses a model that the %s is not granted, before asking whether it exists',
    async (who, type) => {
      const models = ['other'];
      if (who === 'team') harness.records.teams.set('research', aTeam({ models }));
      if (who === 'user')
        harness.records.users.set('alice', aUser({ boundIssuer: harness.issuer, models }));
      if (who === 'organization') {
        harness.records.teams.set('research', aTeam({ organizationId: 'acme' }));
        harness.records.organizations.set('acme', anOrganization({ models }));
      }
      for (const one of [
        { body: { model: 'gpt-4o' } },
        { body: { model: 'does-not-exist' } },
        { body: { model: 'other' }, route: 'POST /engines/gpt-4o/chat/completions' },
        { body: { model: 'other' }, route: 'POST /openai/deployments/gpt-4o/chat/completions' },
      ]) {
        await expect(harness.run(harness.callOf(one))).rejects.toMatchObject({
          code: 'model_not_allowed',
          type,
          param: 'model',
        });
      }
    },
  );

  it('admits a member and books the call to every id that the token names', async () => {
    harness.records.teams.set('research', aTeam({ organizationId: 'acme' }));
    harness.records.organizations.set('acme', anOrganization());
    const access = await harness.admit({
      claims: { end_user: 'claimed' },
      body: { model: 'gpt-4o', user: 'ignored' },
    });
    expect(access.attribution).toEqual({
      issuer: harness.issuer,
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
    const named = await harness.admit({ body: { model: 'gpt-4o', user: 'in-body' }, headers });
    expect(named.attribution.endUserId).toBe('in-body');
    expect((await harness.admit({ headers })).attribution.endUserId).toBe('in-header');
    const listed = await harness.admit({
      route: 'GET /team/list',
      body: { user: 'in-body' },
      headers,
    });
    expect(listed.attribution.endUserId).toBeNull();
  });

  it('takes a member "model" for a model only on routes that call models', async () => {
    harness.records.teams.set('research', aTeam({ models: ['other'] }));
    expect((await harness.evaluate({ route: 'GET /team/list' })).failure).toBeNull();
  });

  it('lets a team of client_id be used and never required', async () => {
    const fields = { teamId: null, isTeamSoft: true };
    const soft = await harness.evaluate({ claims: { client_id: 'nowhere' }, fields });
    expect(soft.access?.attribution.teamId).toBeNull();
    expect(soft.trace.teamCandidates).toMatchObject([{ team_id: 'nowhere', chosen: false }]);
    expect((await harness.admit({ claims: { azp: 'research' }, fields })).attribution.teamId).toBe(
      'research',
    );
  });

  it('lets an administrative row administer where its issuer may assert administrators', async () => {
    const user = aUser({ boundIssuer: harness.issuer, role: 'proxy_admin' });
    harness.records.users.set('alice', user);
    const route = 'POST /team/new';
    expect((await harness.admit({ route })).role).toBe('proxy_admin');
    expect(
      (await harness.evaluate({ route, jwt: { adminIssuers: ['https://other'] } })).failure?.code,
    ).toBe('route_not_allowed');
    harness.records.users.set('alice', { ...user, blocked: true });
    expect((await harness.evaluate({ route })).failure?.code).toBe('route_not_allowed');
  });

  it('lets the master key use everything, without a row', async () => {
    const access = await harness.admit({ token: MASTER_KEY, route: 'POST /anything' });
    expect(access.role).toBe('proxy_admin');
    expect(access.models.mayUse('anything')).toBe(true);
    expect((await harness.admit({ token: MASTER_KEY })).attribution.userId).toBe('default_user_id');
    expect(harness.records.lookups).toEqual([]);
    await access.admission.commit();
    expect(harness.records.transactions).toBe(0);
  });

  it('leaves a step of every guard that ran, in their order, without values of other claims', async () => {
    const call = await harness.evaluate({ claims: { secret: 'do-not-tell', scope: 'a-scope' } });
    const guards = [...new Set(call.trace.steps.map(({ guard }) => guard))];
    expect(guards).toEqual([...GUARD_NAMES]);
    const text = JSON.stringify(call.trace.steps);
    expect(text).not.toContain('do-not-tell');
    expect(text).not.toContain('alice@acme.example');
  });
});
