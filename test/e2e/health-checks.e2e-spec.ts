import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Health {
  readonly healthy_endpoints: readonly Endpoint[];
  readonly unhealthy_endpoints: readonly Endpoint[];
  readonly unchecked_endpoints: readonly Endpoint[];
  readonly healthy_count: number;
  readonly unhealthy_count: number;
}

interface Endpoint {
  readonly model_name: string;
  readonly error?: string;
}

interface SpendRow {
  readonly model_group: string;
  readonly call_type: string;
  readonly user: string;
  readonly team_id: string | null;
  readonly api_key: string;
  readonly spend: number;
  readonly request_tags: unknown;
}

const PRICE = 'input_cost_per_token: 0.00001, output_cost_per_token: 0.00002';
const namesOf = (endpoints: readonly Endpoint[]) => endpoints.map((one) => one.model_name);

describe('health checks of deployments', () => {
  let issuer: TestIssuer;
  let good: FakeUpstream;
  let bad: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  const deployment = (name: string, url: string, info = '', model = 'm'): string =>
    `
  - model_name: "${name}"
    litellm_params: { model: "openai/${model}", api_base: "${url}/v1", api_key: upstream-secret, ${PRICE} }
    model_info: { id: "of ${name}"${info} }`.replace('"of ', '"of-');

  const start = (general: string, models: readonly string[]): Promise<TestGateway> =>
    startGateway({
      issuer,
      upstreamUrl: good.url,
      jwtauth: `${DEFAULT_JWTAUTH}${general}`,
      models: models.join(''),
    });

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    good = await startFakeUpstream();
    bad = await startFakeUpstream({ behaviour: { status: 500 } });
    gateway = await start('', [
      deployment('chats', good.url),
      deployment('embeds', good.url, ', mode: embedding', 'text-embedding-3-small'),
      deployment('draws', good.url, ', mode: image_generation'),
      deployment('fails', bad.url),
      deployment('closed', 'http://127.0.0.1:9'),
      deployment('wild/*', good.url, '', '*'),
      deployment(
        'tame/*',
        good.url,
        ', health_check_model: openai/tame, health_check_max_tokens: 7',
        '*',
      ),
    ]);
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await good.close();
    await bad.close();
    await issuer.stop();
  });

  const health = async (query = ''): Promise<Health> => {
    const { status, json } = await admin.get<Health>(`/health${query}`);
    expect(status).toBe(200);
    return json;
  };
  const calls = (upstream: FakeUpstream): number => upstream.records.length;

  it('are refused to everybody but administrators, and call no upstream then', async () => {
    const before = calls(good) + calls(bad);
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    const key = (await admin.post<{ key: string }>('/key/generate', {})).json.key;
    for (const credential of [token, key])
      expect((await new Client(gateway.url, credential).get('/health')).status).toBe(403);
    expect((await new Client(gateway.url, null).get('/health')).status).toBe(401);
    expect(calls(good) + calls(bad)).toBe(before);
  });

  it('tell which deployments answer, each by the least call of its mode', async () => {
    const before = calls(good);
    const result = await health();
    expect(namesOf(result.healthy_endpoints)).toEqual(['chats', 'embeds', 'tame/*']);
    expect(namesOf(result.unhealthy_endpoints)).toEqual(['fails', 'closed']);
    expect(namesOf(result.unchecked_endpoints)).toEqual(['draws', 'wild/*']);
    expect(result).toMatchObject({ healthy_count: 3, unhealthy_count: 2 });
    expect(result.unhealthy_endpoints.map(({ error }) => error)).toEqual([
      expect.stringContaining('status 500'),
      expect.stringContaining('upstream_unreachable'),
    ]);
    const asked = good.records.slice(before).map(({ path, model, requestBytes }) => {
      const { max_tokens: limit } = JSON.parse(requestBytes.toString()) as { max_tokens?: number };
      return [path, model, limit];
    });
    expect(asked.toSorted()).toEqual([
      ['/v1/chat/completions', 'm', 5],
      ['/v1/chat/completions', 'tame', 7],
      ['/v1/embeddings', 'text-embedding-3-small', undefined],
    ]);
  });

  it('call what is asked for alone', async () => {
    const before = calls(good) + calls(bad);
    expect(namesOf((await health('?model=chats')).healthy_endpoints)).toEqual(['chats']);
    expect(namesOf((await health('?model_id=of-fails')).unhealthy_endpoints)).toEqual(['fails']);
    expect(
      namesOf((await health('?model=openai/text-embedding-3-small')).healthy_endpoints),
    ).toEqual(['embeds']);
    expect(calls(good) + calls(bad)).toBe(before + 3);
    expect((await admin.get('/health?model=absent')).status).toBe(404);
  });

  it('show no credential', async () => {
    expect((await admin.get('/health')).text).not.toContain('upstream-secret');
  });

  it('cost what their tokens cost, booked to no caller', async () => {
    await health('?model=chats');
    await eventually(async () => {
      const { json } = await admin.get<readonly SpendRow[]>('/spend/logs?summarize=false');
      const [row] = json.filter((one) => one.model_group === 'chats');
      expect(row).toMatchObject({
        call_type: 'acompletion',
        request_tags: ['litellm-internal-health-check'],
      });
      expect([row?.user, row?.team_id, row?.api_key].every((id) => id === '' || id === null)).toBe(
        true,
      );
      expect(row?.spend).toBeGreaterThan(0);
    });
  });

  it('run in the background, lead calls to what is healthy, and let a deployment that works again back in', async () => {
    const twin = await startFakeUpstream({ behaviour: { status: 503 } });
    const routed = await start(
      `
  background_health_checks: true
  health_check_interval: 1
  enable_health_check_routing: true
  health_check_details: false`,
      [
        deployment('twins', good.url).replace('of-twins', 'works'),
        deployment('twins', twin.url).replace('of-twins', 'broken'),
        deployment('unwatched', bad.url, ', disable_background_health_check: true'),
      ],
    );
    try {
      const boss = Client.admin(routed.url);
      const at = async (): Promise<Health> => (await boss.get<Health>('/health?model=twins')).json;
      await eventually(async () => {
        expect((await at()).unhealthy_endpoints).toEqual([
          { model: 'openai/m', model_id: 'broken' },
        ]);
      });
      const seen = calls(twin);
      const failed = (
        await Promise.all(Array.from({ length: 12 }, () => boss.chat('x', { model: 'twins' })))
      ).filter(({ headers }) => headers.get('x-litellm-model-id') !== 'works');
      expect(failed).toEqual([]);
      const called = twin.records.slice(seen);
      expect(called.some(({ requestBytes }) => requestBytes.includes('"x"'))).toBe(false);
      twin.enqueue(...Array.from({ length: 200 }, () => ({ status: 200 })));
      await eventually(async () => {
        expect((await at()).healthy_count).toBe(2);
      });
      await eventually(async () => {
        expect((await boss.chat('x', { model: 'twins' })).headers.get('x-litellm-model-id')).toBe(
          'broken',
        );
      });
      expect(bad.records.filter(({ model }) => model === 'unwatched')).toEqual([]);
    } finally {
      await routed.stop();
      await twin.close();
    }
  });
});
