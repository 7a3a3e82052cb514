import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

type Json = Record<string, unknown>;

const PRICE = { here: '0.001', there: '0.002', instead: '0.003' };

describe('the models of customers', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  let caller: Client;

  const deployment = (name: string, model: string, region: string | null, price: string) => `
  - model_name: ${name}
    litellm_params:
      model: openai/${model}
      api_base: ${upstream.url}/v1
      api_key: upstream-secret
      ${region === null ? '' : `region_name: ${region}`}
      input_cost_per_token: 0
      output_cost_per_token: ${price}`;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 10 } });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: [
        deployment('test-model', 'in-europe', 'swedencentral', PRICE.here),
        deployment('test-model', 'in-america', 'us', PRICE.there),
        deployment('test-model', 'somewhere', null, PRICE.there),
        deployment('american', 'american', 'us-east-1', PRICE.there),
        deployment('european', 'european', 'eu', PRICE.instead),
      ].join(''),
    });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    const limited = { team_id: 'limited', models: ['test-model', 'american'] };
    await admin.post('/team/new', limited);
    caller = new Client(gateway.url, await token('research'));
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const token = (team: string) => issuer.sign({ email: 'alice@acme.example', team });
  const customer = async (values: Json): Promise<string> => {
    const user = `customer-${String(Math.random()).slice(2)}`;
    const { status, json } = await admin.post<Json>('/customer/new', { user_id: user, ...values });
    expect({ status, json }).toMatchObject({ status: 200, json: values });
    return user;
  };
  const modelsCalled = (): unknown[] => upstream.records.map(({ model }) => model);
  const spendOf = async (user: string) => {
    const { json } = await admin.get<Json>(`/customer/info?end_user_id=${user}`);
    return json['spend'];
  };

  it.each([
    ['eu', 'in-europe', 0.01],
    ['us', 'in-america', 0.02],
  ])(
    'in %s are served by the deployments of that region alone, at their price',
    async (region, model, spend) => {
      const user = await customer({ allowed_model_region: region });
      const before = upstream.records.length;
      for (let call = 0; call < 8; call++)
        expect((await caller.chat('x', { user, max_tokens: 10 })).status).toBe(200);
      expect(new Set(modelsCalled().slice(before))).toEqual(new Set([model]));
      expect(await spendOf(user)).toBeCloseTo(8 * spend, 9);
    },
  );

  it.each(['/v1/chat/completions', '/v1/completions', '/v1/embeddings'])(
    'without a deployment in the region are refused on %s, and nothing is sent',
    async (path) => {
      const user = await customer({ allowed_model_region: 'eu' });
      const before = upstream.records.length;
      const content = { messages: [{ role: 'user', content: 'x' }], prompt: 'x', input: 'x' };
      const { status, json } = await caller.post<Json>(path, {
        model: 'american',
        user,
        ...content,
      });
      expect({ status, json }).toMatchObject({
        status: 403,
        json: {
          error: { reason: 'model_not_allowed', message: expect.stringContaining('region eu') },
        },
      });
      expect(upstream.records).toHaveLength(before);
    },
  );

  it('without a deployment in the region go to the default model, whose price is held and booked', async () => {
    const user = await customer({
      allowed_model_region: 'eu',
      default_model: 'european',
      max_budget: 0.05,
    });
    for (const stream of [false, true]) {
      const before = upstream.records.length;
      const answer = await caller.chat('x', { model: 'american', user, max_tokens: 10, stream });
      expect(answer.status).toBe(stream ? 422 : 200);
      expect(modelsCalled().slice(before)).toEqual(stream ? [] : ['european']);
    }
    expect(await spendOf(user)).toBe(0.03);
    const { json } = await admin.get<Json[]>(`/spend/logs?end_user=${user}`);
    expect(json).toMatchObject([{ model_group: 'european' }]);
  });

  it('keep their own model where it has a deployment in the region', async () => {
    const user = await customer({ allowed_model_region: 'eu', default_model: 'european' });
    await caller.chat('x', { user, max_tokens: 10 });
    expect(modelsCalled().at(-1)).toBe('in-europe');
  });

  it('give a caller no model that it may not use', async () => {
    const user = await customer({ allowed_model_region: 'eu', default_model: 'european' });
    const limited = new Client(gateway.url, await token('limited'));
    const { status, json } = await limited.chat('x', { model: 'american', user });
    expect([status, (json as { error: Json }).error['reason']]).toEqual([403, 'model_not_allowed']);
  });

  it('are explained before a call: where it has to stay, and why it is refused', async () => {
    const [with_, without] = [
      await customer({ allowed_model_region: 'eu', default_model: 'european' }),
      await customer({ allowed_model_region: 'eu' }),
    ];
    const explain = async (user: string) =>
      (
        await admin.post<Json>('/auth/explain', {
          token: await token('research'),
          method: 'POST',
          route: '/v1/chat/completions',
          model: 'american',
          user,
        })
      ).json;
    const served = await explain(with_);
    expect(served).toMatchObject({ status: 200, reason: null });
    expect(JSON.stringify(served['steps'])).toContain(
      'only deployments in region eu serve it, and model european where',
    );
    expect(await explain(without)).toMatchObject({ status: 403, reason: 'model_not_allowed' });
  });

  it('are shown, changed and cleared, and take effect with the next call', async () => {
    const permission = { mcp_servers: ['files'] };
    const user = await customer({
      allowed_model_region: 'eu',
      default_model: 'european',
      object_permission: permission,
    });
    expect((await caller.chat('x', { model: 'american', user, max_tokens: 1 })).status).toBe(200);
    const listed = (await admin.get<Json[]>('/customer/list')).json;
    expect(listed.find((one) => one['user_id'] === user)).toMatchObject({
      allowed_model_region: 'eu',
      default_model: 'european',
      object_permission: permission,
    });
    const nothing = { allowed_model_region: null, default_model: null, object_permission: null };
    const cleared = await admin.post<Json>('/customer/update', { user_id: user, ...nothing });
    expect(cleared.json).toMatchObject(nothing);
    await caller.chat('x', { model: 'american', user, max_tokens: 1 });
    expect(modelsCalled().at(-1)).toBe('american');
  });

  it.each([
    [{ allowed_model_region: 'mars' }, 'allowed_model_region'],
    [{ default_model: 'no-such-model' }, 'default_model'],
    [{ object_permission: 'all' }, 'object_permission'],
  ])('are refused where they are wrong: %o', async (values, member) => {
    const { status, json } = await admin.post<{ error: Json }>('/customer/new', {
      user_id: 'wrong',
      ...values,
    });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.stringify(json.error)).toContain(member);
  });
});
