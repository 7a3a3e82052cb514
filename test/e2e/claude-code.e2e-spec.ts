import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { ANTHROPIC_KEY, startFakeAnthropic, type FakeAnthropic } from '#support/fake-anthropic';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';

/** Headers of Claude Code besides its credential: https://code.claude.com/docs/en/llm-gateway-protocol. */
const HEADERS = {
  accept: 'application/json',
  'anthropic-version': '2023-06-01',
  'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14,oauth-2025-04-20',
  'anthropic-dangerous-direct-browser-access': 'true',
  'user-agent': 'claude-cli/2.3.0 (external, cli)',
  'x-app': 'cli',
  'x-claude-code-session-id': '9d0b6a3e-1111-4222-8333-444455556666',
  'x-stainless-lang': 'js',
  'x-stainless-retry-count': '0',
};
const INPUT = {
  model: 'claude-sonnet',
  system: [{ type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral' } }],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'List the files.' }] }],
  tools: [{ name: 'Bash', description: 'Runs a command', input_schema: { type: 'object' } }],
  thinking: { type: 'adaptive' },
};
const TURN = {
  ...INPUT,
  max_tokens: 32_000,
  stream: true,
  metadata: { user_id: 'user_1234_account__session_9d0b6a3e' },
};

/** One row of the spend logs. */
interface Row {
  readonly call_type: string;
  readonly spend: number;
}

describe('the requests of Claude Code', () => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeAnthropic;
  let gateway: TestGateway;
  let token: string;
  let headers: Record<string, string>;

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example', team: 'research' });
    issuer = await TestIssuer.start();
    upstream = await startFakeAnthropic();
    const model = (name: string): string => `
  - model_name: ${name}
    litellm_params: { model: anthropic/${name}-real, api_base: "${upstream.url}", api_key: ${ANTHROPIC_KEY},
      input_cost_per_token: 0.000003, output_cost_per_token: 0.000015 }`;
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: model('claude-sonnet') + model('claude-haiku') + model('claude-secret'),
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    issuers: [{ issuer: "${provider.issuer}", audience: "${RESOURCE}" }]`,
      gatehouse: '\n  spend: { client_abort: cancel }',
      env: { JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' },
    });
    const models = ['claude-sonnet', 'claude-haiku'];
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research', models });
    token = (await provider.authorizationCode()).access_token;
    // What apiKeyHelper prints is sent in both.
    headers = { ...HEADERS, authorization: `Bearer ${token}`, 'x-api-key': token };
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await issuer.stop();
  });

  const send = (method: string, path: string, body?: unknown, signal?: AbortSignal) =>
    new Client(gateway.url, null).open(method, path, {
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });

  it('are served from the start to a cancelled turn, and each has its entry', async () => {
    expect((await send('HEAD', '/')).status).toBe(200);

    const list = (await (await send('GET', '/v1/models?limit=1000')).json()) as {
      data: { id: string; type: string }[];
    };
    expect(list.data.map(({ id, type }) => [id, type])).toEqual([
      ['claude-sonnet', 'model'],
      ['claude-haiku', 'model'],
    ]);

    const count = await send('POST', '/v1/messages/count_tokens?beta=true', INPUT);
    expect(await count.json()).toEqual({ input_tokens: 2_095 });

    const title = { ...TURN, model: 'claude-haiku', stream: false, tools: [] };
    expect((await send('POST', '/v1/messages?beta=true', title)).status).toBe(200);

    const turn = await send('POST', '/v1/messages?beta=true', TURN);
    expect(turn.headers.get('content-type')).toContain('text/event-stream');
    expect(await turn.text()).toBe(upstream.records.at(-1)?.sent);
    expect(upstream.records.at(-1)?.sent).toContain('tool_use');

    upstream.enqueue({ hangAfter: 4 });
    const leaving = new AbortController();
    const cancelled = await send('POST', '/v1/messages?beta=true', TURN, leaving.signal);
    expect(cancelled.status).toBe(200);
    leaving.abort();
    await eventually(() => expect(upstream.records.at(-1)?.isAborted).toBe(true));

    await eventually(async () => {
      const path = '/spend/logs?team_id=research&summarize=false&page_size=100';
      const rows = (await Client.admin(gateway.url).get<Row[]>(path)).json;
      const entries = rows.map(({ call_type: type, spend }) => [type, spend > 0]);
      expect(entries.toSorted()).toEqual([
        ['anthropic_count_tokens', false],
        ['anthropic_messages', true],
        ['anthropic_messages', true],
        ['anthropic_messages', true],
      ]);
    });
  });

  it('reach the model provider with its version and features, and without anything of the client', () => {
    expect(upstream.records).toHaveLength(4);
    for (const { target, headers: sent } of upstream.records) {
      expect(target).toContain('?beta=true');
      expect(sent).toMatchObject({
        'x-api-key': ANTHROPIC_KEY,
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14',
        'user-agent': 'gatehouse',
      });
      expect(JSON.stringify(sent)).not.toContain(token);
    }
  });

  it('are refused in Anthropic’s form for a model that the team has not', async () => {
    const response = await send('POST', '/v1/messages?beta=true', {
      ...TURN,
      model: 'claude-secret',
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'permission_error', reason: 'model_not_allowed' },
    });
  });

  it('with telemetry are answered with or without a credential, and reach no upstream', async () => {
    const before = upstream.records.length;
    const events = { events: [{ event_type: 'x', event_data: 'y'.repeat(100_000) }] };
    expect((await send('POST', '/api/event_logging/batch', events)).status).toBe(200);
    const anonymous = await new Client(gateway.url, null).post('/api/event_logging/batch', events);
    expect([anonymous.status, anonymous.text]).toEqual([200, '{}']);
    expect(upstream.records).toHaveLength(before);
  });
});
