import type { DecisionRecord } from '#libs/auth';
import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

type Json = Record<string, unknown>;

interface Row {
  readonly model_group: string;
}

describe('aliases of keys and teams', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const deployment = (name: string): string => `
  - model_name: ${name}
    litellm_params: { model: openai/up-${name}, api_base: "${upstream.url}/v1", api_key: secret }`;
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    enforce_scope_based_access: true
    scope_mappings: [{ scope: small, models: [small] }, { scope: all, models: [small, large, denied] }]
  pass_through_endpoints: [{ path: /own, target: '${upstream.url}/v1/chat/completions' }]`,
      models: ['small', 'large', 'denied'].map(deployment).join(''),
      gatehouse:
        '  policies: [{ name: none-of-it, effect: deny, when: \'request.model == "denied"\' }]\n',
    });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', {
      team_id: 'renaming',
      models: ['small'],
      model_aliases: { quick: 'small', large: 'small', best: 'large' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const keyOf = async (values: Json): Promise<{ client: Client; id: string }> => {
    const { status, json } = await admin.post<{ key: string; token: string }>(
      '/key/generate',
      values,
    );
    expect(status).toBe(200);
    return { client: new Client(gateway.url, json.key), id: json.token };
  };
  const ofTeam = async (scope: string): Promise<Client> =>
    new Client(gateway.url, await issuer.sign({ sub: 'alice', team: 'renaming', scope }));
  const ids = async (client: Client): Promise<readonly string[]> =>
    (await client.get('/v1/models')).json.data.map(({ id }) => id);
  const groupOf = ({ status, headers }: Answer): readonly unknown[] => [
    status,
    headers.get('x-litellm-model-group'),
  ];

  it('call the model that they lead to, which headers, books and the upstream name', async () => {
    const { client, id } = await keyOf({ aliases: { quick: 'small' }, models: ['small'] });
    const answer = await client.chat('x', { model: 'quick' });
    expect(groupOf(answer)).toEqual([200, 'small']);
    expect(upstream.records.at(-1)?.model).toBe('up-small');
    const callId = answer.headers.get('x-litellm-call-id');
    const rows = await admin.get<readonly Row[]>(`/spend/logs?request_id=${String(callId)}`);
    expect(rows.json).toMatchObject([{ model_group: 'small', api_key: id }]);
    expect(groupOf(await client.post('/engines/quick/chat/completions', { messages: [] }))).toEqual(
      expect.arrayContaining(['small']),
    );
  });

  it('never open a model: lists, scopes and policies see the model that is called', async () => {
    const { client: narrow } = await keyOf({
      aliases: { quick: 'large' },
      models: ['quick', 'small'],
    });
    expect((await narrow.chat('x', { model: 'quick' })).status).toBe(403);
    const { client: free } = await keyOf({ aliases: { quick: 'denied', lost: 'nowhere' } });
    expect((await free.chat('x', { model: 'quick' })).json.error.reason).toBe('policy_denied');
    expect((await free.chat('x', { model: 'lost' })).json.error.reason).toBe('model_unknown');
    const team = await ofTeam('all');
    expect((await team.chat('x', { model: 'best' })).json.error.reason).toBe('model_not_allowed');
    expect(groupOf(await team.chat('x', { model: 'large' }))).toEqual([200, 'small']);
    const small = await ofTeam('small');
    expect(groupOf(await small.chat('x', { model: 'quick' }))).toEqual([200, 'small']);
    expect((await (await ofTeam('none')).chat('x', { model: 'quick' })).status).toBe(403);
  });

  it('apply those of the key after those of the team', async () => {
    const aliases = { small: 'large' };
    const { client } = await keyOf({ team_id: 'renaming', aliases });
    expect((await client.chat('x', { model: 'quick' })).status).toBe(403);
    await admin.post('/team/update', { team_id: 'renaming', models: ['small', 'large'] });
    expect(groupOf(await client.chat('x', { model: 'quick' }))).toEqual([200, 'large']);
    await admin.post('/team/update', { team_id: 'renaming', models: ['small'] });
  });

  it('are limited as the model that is called', async () => {
    const aliases = { quick: 'small', fast: 'small' };
    const { client } = await keyOf({ aliases, model_rpm_limit: { small: 1 } });
    expect((await client.chat('x', { model: 'quick' })).status).toBe(200);
    expect((await client.chat('x', { model: 'fast' })).status).toBe(429);
  });

  it('with the name of a model need that model in the scopes', async () => {
    const small = await ofTeam('small');
    expect((await small.chat('x', { model: 'large' })).json.error.reason).toBe(
      'scope_insufficient',
    );
    expect(await ids(small)).toEqual(['small', 'quick']);
  });

  it('are in the lists of models exactly where they can be called', async () => {
    expect(await ids(await ofTeam('all'))).toEqual(['small', 'large', 'quick']);
    expect(await ids(await ofTeam('none'))).toEqual([]);
    const { client } = await keyOf({
      aliases: { quick: 'large', lost: 'nowhere' },
      models: ['large'],
    });
    expect(await ids(client)).toEqual(['large', 'quick']);
    expect((await client.get('/v1/models/quick')).status).toBe(200);
    expect((await client.get('/v1/models/lost')).status).toBe(404);
  });

  it('are explained as they act', async () => {
    const explain = async (model: string): Promise<DecisionRecord> => {
      const exp = Math.floor(Date.now() / 1_000) + 60;
      const claims = {
        exp,
        iss: issuer.issuer,
        aud: 'gatehouse-tests',
        sub: 'alice',
        team: 'renaming',
        scope: 'all',
      };
      const asked = { claims, model };
      return (await admin.post<DecisionRecord>('/auth/explain', asked)).json;
    };
    const { allowed, steps, allowed_models: models } = await explain('quick');
    expect(allowed).toBe(true);
    expect(models).toEqual(['small', 'large', 'quick']);
    expect(steps.map(({ detail }) => detail)).toContain(
      'the model small is called in place of this name, an alias of the key or the team',
    );
    expect(await explain('best')).toMatchObject({ allowed: false, reason: 'model_not_allowed' });
  });

  it('are shown, replaced and cleared', async () => {
    const { id } = await keyOf({ aliases: { quick: 'small' } });
    const shown = async (): Promise<unknown> =>
      (await admin.get<{ info: { aliases: unknown } }>(`/key/info?key=${id}`)).json.info.aliases;
    expect(await shown()).toEqual({ quick: 'small' });
    await admin.post('/key/update', { key: id, aliases: { slow: 'large' } });
    expect(await shown()).toEqual({ slow: 'large' });
    await admin.post('/key/update', { key: id, blocked: false });
    expect(await shown()).toEqual({ slow: 'large' });
    await admin.post('/key/update', { key: id, aliases: null });
    expect(await shown()).toEqual({});
    await admin.post('/team/new', { team_id: 'shown', model_aliases: { quick: 'small' } });
    const table = async (): Promise<unknown> =>
      (await admin.get<{ team_info: Json }>('/team/info?team_id=shown')).json.team_info[
        'litellm_model_table'
      ];
    expect(await table()).toEqual({ model_aliases: { quick: 'small' } });
    await admin.post('/team/update', { team_id: 'shown', model_aliases: {} });
    expect(await table()).toBeNull();
  });

  it.each([
    [['quick']],
    [{ quick: '' }],
    [{ quick: 1 }],
    [{ '': 'small' }],
    [{ '*': 'small' }],
    ['small'],
  ])('that are %j are 400, naming the member', async (aliases) => {
    for (const [path, member] of [
      ['/key/generate', 'aliases'],
      ['/team/new', 'model_aliases'],
    ] as const) {
      const { status, text } = await admin.post(path, { [member]: aliases });
      expect([status, text.includes(member)]).toEqual([400, true]);
    }
  });

  it('do not apply at configured endpoints, whose names are those of the upstream', async () => {
    const { client } = await keyOf({
      aliases: { quick: 'small' },
      allowed_passthrough_routes: ['/own'],
    });
    await client.post('/own', { model: 'quick', messages: [] });
    expect(upstream.records.at(-1)?.model).toBe('quick');
  });
});
