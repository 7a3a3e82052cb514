import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

/** A grant that an operator writes for the models of OpenAI; the private group speaks the same wire format. */
const GRANT = ['openai/*'];
const PRIVATE = 'secret-llama';
const PUBLIC = 'openai/gpt-4o';
/** With the groups whose names have a star, which are not models that can be called. */
const LIST = '/v1/models?return_wildcard_routes=true';

const FIELDS = `
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    org_id_jwt_field: org
    end_user_id_jwt_field: end_user
    user_id_upsert: true`;

/** One configuration for each way to grant models in the file. */
const IN_THE_FILE: readonly (readonly [string, string])[] = [
  [
    'a scope',
    `${FIELDS}
    enforce_scope_based_access: true
    scope_mappings: [{ scope: chat, models: ['openai/*'] }]`,
  ],
  [
    'a role',
    `${FIELDS}
    enforce_rbac: true
    user_roles_jwt_field: roles
    user_allowed_roles: [writer]`,
  ],
];

const ROLE_PERMISSIONS = `  role_permissions:
    - role: internal_user
      models: ['openai/*']
      routes: [openai_routes]
`;

/** Written policies about the models of OpenAI, each for calls of one end user; the last one denies them. */
const POLICIES = `  policies:
    - name: openai-alone
      when: principal.end_user_id == "shop" && request.model != "" && !request.model.startsWith("openai/")
      effect: deny
    - name: openai-first
      when: principal.end_user_id == "lab" && request.model.matches("^openai/")
      effect: allow
    - name: no-model-besides
      when: principal.end_user_id == "lab" && request.model != ""
      effect: deny
    - name: openai-in-a-list
      when: principal.end_user_id == "press" && request.model != "" && !(request.model in ["${PUBLIC}"])
      effect: deny
    - name: no-openai
      when: principal.end_user_id == "school" && request.model.startsWith("openai/")
      effect: deny`;

describe('a grant of the models of a provider', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
  });

  afterAll(async () => {
    await upstream.close();
    await issuer.stop();
  });

  const models = (): string => `
  - model_name: ${PRIVATE}
    litellm_params: { model: openai/llama-internal, api_base: ${upstream.url}/v1, api_key: a }
  - model_name: openai/*
    litellm_params: { model: openai/*, api_base: ${upstream.url}/v1, api_key: a }`;

  /** Seen over HTTP: the list of models, a call that is granted, and one that is not. */
  async function expectNoPrivateModel(caller: Client): Promise<void> {
    const listed = await caller.get(LIST);
    expect(listed.status).toBe(200);
    expect(listed.json.data.map(({ id }) => id)).not.toContain(PRIVATE);
    expect((await caller.get(`/v1/models/${PRIVATE}`)).status).toBe(404);
    expect((await caller.chat('x', { model: PUBLIC })).status).toBe(200);
    const before = upstream.records.length;
    const refused = await caller.chat('x', { model: PRIVATE });
    expect(refused.status).toBe(403);
    expect(['model_not_allowed', 'scope_insufficient']).toContain(refused.json.error.reason);
    expect(upstream.records).toHaveLength(before);
  }

  describe('by rows', () => {
    let gateway: TestGateway;
    let admin: Client;

    beforeAll(async () => {
      gateway = await startGateway({
        issuer,
        upstreamUrl: upstream.url,
        models: models(),
        jwtauth: FIELDS,
      });
      admin = Client.admin(gateway.url);
      await admin.post('/team/new', { team_id: 'research' });
      await admin.post('/team/new', { team_id: 'granted', models: GRANT });
      await admin.post('/user/new', { user_id: 'granted', models: GRANT, auto_create_key: false });
      await admin.post('/organization/new', {
        organization_id: 'granted',
        organization_alias: 'granted',
        models: GRANT,
      });
    });

    afterAll(() => gateway.stop());

    const withToken = async (claims: object): Promise<Client> => {
      const all = { sub: 'ann', email: 'ann@acme.example', team: 'research', ...claims };
      return new Client(gateway.url, await issuer.sign(all));
    };

    it.each([
      ['team', { team: 'granted' }],
      ['user', { sub: 'granted', email: 'granted@acme.example' }],
      ['organisation', { org: 'granted' }],
    ])('to one %s opens no private group of the same wire format', async (_what, claims) => {
      await expectNoPrivateModel(await withToken(claims));
    });

    it('to a virtual key opens no private group of the same wire format', async () => {
      const made = await admin.post<{ readonly key: string }>('/key/generate', { models: GRANT });
      await expectNoPrivateModel(new Client(gateway.url, made.json.key));
    });

    it.each<[string, object, Record<string, string>, object]>([
      ['a claim', { end_user: 'shop' }, {}, {}],
      ['a header', {}, { 'x-litellm-customer-id': 'shop' }, {}],
      ['the body', {}, {}, { user: 'shop' }],
    ])(
      'opens no private group to an end user who is named by %s',
      async (_what, claims, headers, extra) => {
        const caller = await withToken({ ...claims, team: 'granted' });
        const asked = { messages: [{ role: 'user', content: 'x' }], ...extra };
        const chat = async (model: string): Promise<number> =>
          (await caller.post('/v1/chat/completions', { ...asked, model }, headers)).status;
        expect([await chat(PUBLIC), await chat(PRIVATE)]).toEqual([200, 403]);
        const listed = await caller.send('GET', LIST, { headers });
        expect(listed.json.data.map(({ id }) => id)).toEqual(['openai/*']);
        const path = `/v1/models/${PRIVATE}`;
        expect((await caller.send('GET', path, { headers })).status).toBe(404);
      },
    );

    it('leaves the private group to callers without a narrower list', async () => {
      const caller = await withToken({});
      expect((await caller.get('/v1/models')).json.data.map(({ id }) => id)).toContain(PRIVATE);
      expect((await caller.chat('x', { model: PRIVATE })).status).toBe(200);
    });
  });

  describe.each(IN_THE_FILE)('by %s', (_what, jwtauth) => {
    let gateway: TestGateway;

    beforeAll(async () => {
      gateway = await startGateway({
        issuer,
        upstreamUrl: upstream.url,
        models: models(),
        jwtauth: `${jwtauth}\n${ROLE_PERMISSIONS}`,
      });
      await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    });

    afterAll(() => gateway.stop());

    it('opens no private group of the same wire format', async () => {
      const token = await issuer.sign({
        sub: 'ann',
        email: 'ann@acme.example',
        team: 'research',
        scope: 'openid chat',
        roles: ['writer'],
      });
      await expectNoPrivateModel(new Client(gateway.url, token));
    });
  });

  describe('by a written policy', () => {
    let gateway: TestGateway;

    beforeAll(async () => {
      gateway = await startGateway({
        issuer,
        upstreamUrl: upstream.url,
        models: models(),
        jwtauth: FIELDS,
        gatehouse: POLICIES,
      });
      await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    });

    afterAll(() => gateway.stop());

    const callerFor = async (endUser: string): Promise<Client> => {
      const claims = { sub: 'ann', email: 'ann@acme.example', team: 'research', end_user: endUser };
      return new Client(gateway.url, await issuer.sign(claims));
    };

    it.each([
      ['that denies all other models', 'shop'],
      ['that allows them before one that denies every model', 'lab'],
      ['that names one of them in a list', 'press'],
    ])('%s opens no private group of the same wire format', async (_what, endUser) => {
      const caller = await callerFor(endUser);
      expect((await caller.chat('x', { model: PUBLIC })).status).toBe(200);
      const before = upstream.records.length;
      const refused = await caller.chat('x', { model: PRIVATE });
      expect(refused.status).toBe(403);
      expect(refused.json.error.reason).toBe('policy_denied');
      expect(upstream.records).toHaveLength(before);
      await expectPublicNames(caller, false);
    });

    it('that denies the models of the provider leaves the private group open', async () => {
      const caller = await callerFor('school');
      expect((await caller.chat('x', { model: PUBLIC })).status).toBe(403);
      expect((await caller.chat('x', { model: PRIVATE })).status).toBe(200);
      await expectPublicNames(caller, true);
    });
  });

  /** The list has what a policy allows; it names groups as clients ask for them, never a deployment behind one. */
  async function expectPublicNames(caller: Client, isPrivateOpen: boolean): Promise<void> {
    const listed = await caller.get(LIST);
    expect(listed.status).toBe(200);
    expect(listed.json.data.some(({ id }) => id === PRIVATE)).toBe(isPrivateOpen);
    const one = await caller.get(`/v1/models/${PRIVATE}`);
    expect(one.status).toBe(isPrivateOpen ? 200 : 404);
    expect(listed.text + one.text).not.toContain('llama-internal');
  }
});
