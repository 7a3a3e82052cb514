import { startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface SpendRow {
  readonly spend: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

const BODY = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'hello' }] };
const GEMINI = '/gemini/v1beta/models/gemini-2.5-pro';
const BEDROCK = '/bedrock/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0';

describe('counting tokens below the prefix of a provider', () => {
  let issuer: TestIssuer;
  let upstream: CaptureUpstream;
  let gateway: TestGateway;
  let counted: object = {};
  let admin: Client;
  let poor: Client;
  let token: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startCaptureUpstream((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(counted)),
    );
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    team_allowed_routes: ['/anthropic/*', '/bedrock/*', '/gemini/*']`,
      env: {
        ANTHROPIC_API_BASE: upstream.url,
        ANTHROPIC_API_KEY: 'key',
        BEDROCK_API_BASE: upstream.url,
        AWS_BEARER_TOKEN_BEDROCK: 'key',
        GEMINI_API_BASE: upstream.url,
        GEMINI_API_KEY: 'key',
      },
    });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'poor', max_budget: 0 });
    token = await issuer.sign({ sub: 'poor', team: 'poor' });
    poor = new Client(gateway.url, token);
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const explained = async (route: string): Promise<number> => {
    const { model } = BODY;
    const { json } = await admin.post<{ readonly status: number }>('/auth/explain', {
      ...{ token, route, model },
    });
    return json.status;
  };

  it.each([
    ['/anthropic/v1/messages', '/anthropic/v1/messages/count_tokens', { input_tokens: 9 }],
    [`${BEDROCK}/invoke`, `${BEDROCK}/count-tokens`, { inputTokens: 9 }],
    [
      `${GEMINI}:generateContent`,
      `${GEMINI}:countTokens`,
      { totalTokens: 9, usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 } },
    ],
  ])('costs nothing and passes an empty budget, which %s does not', async (billed, path, count) => {
    counted = count;
    upstream.clear();
    const refused = await poor.post(billed, BODY);
    expect([refused.status, upstream.requests.length]).toEqual([422, 0]);
    const { status, json, headers } = await poor.post(path, BODY);
    expect([status, json, upstream.requests.length]).toEqual([200, count, 1]);
    const id = headers.get('x-litellm-call-id') ?? '';
    const rows = await eventually(async () => {
      const found = await admin.get<readonly SpendRow[]>(`/spend/logs?request_id=${id}`);
      expect(found.json).toHaveLength(1);
      return found.json;
    });
    expect(rows).toMatchObject([{ spend: 0, prompt_tokens: 0, completion_tokens: 0 }]);
    expect([await explained(path), await explained(billed)]).toEqual([200, 422]);
  });
});
