import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { DEFAULT_JWTAUTH, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

/** A cent for a call with the largest output, which the upstream produces. */
const CALL = { max_tokens: 100 };
const models = (url: string): string => `
  - model_name: test-model
    litellm_params:
      model: openai/test-model
      api_base: ${url}/v1
      api_key: upstream-secret
      input_cost_per_token: 0
      output_cost_per_token: 0.0001
litellm_settings:
  default_team_settings:
    - { team_id: default-settings, max_budget: 0.3 }`;

describe('The team of tokens that name none', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream({ behaviour: { completionTokens: 100 } });
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: models(upstream.url),
      jwtauth: `${DEFAULT_JWTAUTH}\n    team_id_upsert: true\n    team_id_default: everyone`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('has the budget of new teams from the first of 60 calls of several users at once', async () => {
    const tokens = await Promise.all(
      ['first', 'second', 'third'].map((sub) => issuer.sign({ sub, email: `${sub}@acme.example` })),
    );
    const calls = await Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        new Client(gateway.url, tokens[at % tokens.length] ?? '').chat('hello', CALL),
      ),
    );
    const statuses = calls.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(30).fill(200), ...Array<number>(30).fill(422)]);
    const refused = calls.find(({ status }) => status === 422);
    expect(refused?.json.error).toMatchObject({
      reason: 'budget_exceeded',
      budget: { scope: 'team', id: 'everyone', limit: '0.3' },
    });
    const info = await Client.admin(gateway.url).get('/team/info?team_id=everyone');
    expect(info.json).toMatchObject({ team_info: { max_budget: 0.3 } });
  });
});
