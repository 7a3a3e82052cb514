import type { DecisionRecord } from '#libs/auth';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Row {
  readonly model_group: string;
  readonly spend: number;
}

const MESSAGES = [{ role: 'user', content: 'hello' }];
const CHAT = '/v1/chat/completions';

describe('a model that the configuration forces', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  let granted: Client;
  let other: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const deployment = (name: string): string =>
      ['openai', 'anthropic']
        .map(
          (kind) => `
  - model_name: ${name}
    litellm_params: { model: ${kind}/up-${name}, api_base: "${upstream.url}/v1", api_key: secret,
      input_cost_per_token: 0.000001, output_cost_per_token: 0.000002 }`,
        )
        .join('');
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    team_allowed_routes: [openai_routes, anthropic_routes]
  completion_model: texts
  embedding_model: vectors
  image_generation_model: pictures
  moderation_model: checks`,
      models: ['texts', 'vectors', 'pictures', 'checks', 'named'].map(deployment).join(''),
    });
    admin = Client.admin(gateway.url);
    const models = ['texts', 'vectors', 'pictures', 'checks'];
    await admin.post('/team/new', { team_id: 'granted', models });
    await admin.post('/team/new', { team_id: 'other', models: ['named'] });
    const of = async (team: string): Promise<Client> =>
      new Client(gateway.url, await issuer.sign({ sub: 'alice', team }));
    granted = await of('granted');
    other = await of('other');
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it.each<readonly [string, object, string]>([
    [CHAT, { messages: MESSAGES }, 'texts'],
    ['/engines/named/chat/completions', { messages: MESSAGES }, 'texts'],
    ['/openai/deployments/named/chat/completions', { messages: MESSAGES }, 'texts'],
    ['/v1/completions', { prompt: 'hello' }, 'texts'],
    ['/v1/responses', { input: 'hello' }, 'texts'],
    ['/v1/messages', { messages: MESSAGES, max_tokens: 5 }, 'texts'],
    ['/v1/messages/count_tokens', { messages: MESSAGES }, 'texts'],
    ['/v1/responses/compact', { input: 'hello' }, 'texts'],
    ['/v1/embeddings', { input: 'hello' }, 'vectors'],
    ['/v1/images/generations', { prompt: 'a cat' }, 'pictures'],
    ['/v1/moderations', { input: 'hello' }, 'checks'],
  ])(
    'serves %s in the place of any model that the call names, and is checked and recorded',
    async (path, body, model) => {
      for (const named of [{ model: 'named' }, { model }, {}]) {
        const { status, headers } = await granted.post(path, { ...body, ...named });
        expect([status, headers.get('x-litellm-model-group')]).toEqual([200, model]);
        expect(upstream.records.at(-1)?.model).toBe(`up-${model}`);
        const callId = headers.get('x-litellm-call-id') ?? '';
        const [row] = (await admin.get<readonly Row[]>(`/spend/logs?request_id=${callId}`)).json;
        expect(row?.model_group).toBe(model);
        const refused = await other.post(path, { ...body, ...named });
        expect(refused.status).toBe(403);
      }
    },
  );

  it('leaves other routes the model that they name', async () => {
    const call = { model: 'named', query: 'hello', documents: ['one'] };
    const { status, headers } = await other.post('/v1/rerank', call);
    expect([status, headers.get('x-litellm-model-group')]).toEqual([200, 'named']);
    expect((await granted.post('/v1/rerank', call)).status).toBe(403);
  });

  it('is the one that an explanation evaluates', async () => {
    const explained = async (team: string): Promise<DecisionRecord> => {
      const token = await issuer.sign({ sub: 'alice', team });
      return (await admin.post<DecisionRecord>('/auth/explain', { token, model: 'named' })).json;
    };
    expect(await explained('granted')).toMatchObject({ allowed: true });
    expect(await explained('other')).toMatchObject({ allowed: false, reason: 'model_not_allowed' });
  });
});
