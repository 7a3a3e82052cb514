import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { OPENAI_KEY, startFakeResponses, type FakeResponses } from '#support/fake-responses';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';

const SESSION = '01a22d0e-7168-7a61-a9bc-d2c567ef3012';
/** Headers of Codex 0.171 besides its credential. */
const HEADERS = {
  'x-codex-beta-features': 'remote_compaction_v2',
  'x-codex-window-id': `${SESSION}:0`,
  'x-codex-turn-metadata': JSON.stringify({ session_id: SESSION, request_kind: 'turn' }),
  'x-client-request-id': SESSION,
  'session-id': SESSION,
  'thread-id': SESSION,
  originator: 'codex_exec',
  'user-agent': 'codex_exec/0.171.0 (Debian 12.0.0; x86_64) unknown (codex_exec; 0.171.0)',
  accept: 'text/event-stream',
};
const said = (id: string, role: string, text: string): object => ({
  ...{ type: 'message', id: `msg_${id}`, role },
  content: [{ type: role === 'assistant' ? 'output_text' : 'input_text', text }],
});
const INPUT = [
  said('1', 'developer', 'You are a coding agent.'),
  said('2', 'user', 'List the files.'),
];
const CALLED = [
  { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
  {
    ...{ type: 'function_call', id: 'fc_1', call_id: 'call_1' },
    ...{ name: 'exec_command', arguments: '{"cmd":"ls"}' },
  },
  { type: 'function_call_output', id: 'fco_1', call_id: 'call_1', output: 'README.md' },
];
const TURN = {
  model: 'gpt-5-codex',
  stream: true,
  input: INPUT,
  tools: [
    {
      ...{ type: 'function', name: 'exec_command', strict: false },
      parameters: { type: 'object', properties: { cmd: { type: 'string' } }, required: ['cmd'] },
    },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { summary: 'auto' },
  store: false,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: SESSION,
  client_metadata: { session_id: SESSION, thread_id: SESSION },
};
const COMPACTION = {
  model: 'gpt-5-codex',
  instructions: 'Be short.',
  input: [...INPUT, ...CALLED],
};

interface Row {
  readonly call_type: string;
  readonly spend: number;
  readonly session_id: string | null;
  readonly metadata: { readonly usage_source: string };
}

describe('the requests of Codex', () => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeResponses;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example', team: 'research' });
    issuer = await TestIssuer.start();
    upstream = await startFakeResponses();
    const model = (name: string): string => `
  - model_name: ${name}
    litellm_params: { model: openai/${name}, api_base: "${upstream.url}/v1", api_key: ${OPENAI_KEY}, input_cost_per_token: 0.00000125,
      cache_read_input_token_cost: 0.000000125, output_cost_per_token: 0.00001 }`;
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: model('gpt-5-codex') + model('secret-model'),
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    issuers: [{ issuer: "${provider.issuer}", audience: "${RESOURCE}" }]`,
      gatehouse: '\n  spend: { client_abort: cancel }',
      env: { JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' },
    });
    const team = { team_id: 'research', models: ['gpt-5-codex'] };
    await Client.admin(gateway.url).post('/team/new', team);
    token = (await provider.authorizationCode()).access_token;
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await issuer.stop();
  });

  const post = (path: string, body: object): Promise<Answer> =>
    new Client(gateway.url, token).post(path, body, HEADERS);

  it('are served from the list of models to a compaction, and each has its exact entry', async () => {
    const list = await new Client(gateway.url, token).get<{ models: { slug: string }[] }>(
      '/v1/models?client_version=0.171.0',
    );
    expect(list.json.models.map(({ slug }) => slug)).toEqual(['gpt-5-codex']);

    const called = await post('/v1/responses', TURN);
    expect([called.status, called.text]).toEqual([200, upstream.records.at(-1)?.sent]);
    expect(called.text).toContain('function_call');
    const answered = await post('/v1/responses', { ...TURN, input: [...INPUT, ...CALLED] });
    expect([answered.status, answered.text]).toEqual([200, upstream.records.at(-1)?.sent]);
    expect(answered.text).toContain('There is one file.');

    upstream.hangOnce();
    const leaving = new AbortController();
    const cancelled = await new Client(gateway.url, token).open('POST', '/v1/responses', {
      body: TURN,
      headers: HEADERS,
      signal: leaving.signal,
    });
    expect(cancelled.status).toBe(200);
    leaving.abort();
    await eventually(() => expect(upstream.records.at(-1)?.isAborted).toBe(true));

    const compacted = await post('/v1/responses/compact', COMPACTION);
    expect([compacted.status, compacted.text]).toEqual([200, upstream.records.at(-1)?.sent]);

    // 500 × 0.00000125 + 1,500 × 0.000000125 + 30 × 0.00001
    const exact = 0.0011125;
    await eventually(async () => {
      const path = '/spend/logs?team_id=research&summarize=false&page_size=100';
      const rows = (await Client.admin(gateway.url).get<Row[]>(path)).json;
      expect(new Set(rows.map(({ session_id: id }) => id))).toEqual(new Set([SESSION]));
      const counted = rows.filter(({ metadata }) => metadata.usage_source === 'provider');
      expect(counted.map(({ call_type: type, spend }) => [type, spend]).toSorted()).toEqual([
        ['acompact_responses', exact],
        ['aresponses', exact],
        ['aresponses', exact],
      ]);
      const [left, ...more] = rows.filter((row) => !counted.includes(row));
      expect([more, left?.call_type, (left?.spend ?? 0) > 0]).toEqual([[], 'aresponses', true]);
    });
  });

  it('are found in the books by their session, by their caller and by administrators alone', async () => {
    const idsAt = async (credential: string | null, path: string): Promise<readonly string[]> => {
      const client =
        credential === null ? Client.admin(gateway.url) : new Client(gateway.url, credential);
      const { status, json } = await client.get<{ data: readonly Row[] }>(path);
      expect(status).toBe(200);
      return json.data.map(({ call_type: type }) => type);
    };
    const path = `/spend/logs/session/ui?session_id=${SESSION}`;
    const made = await Client.admin(gateway.url).post<{ key: string }>('/user/new', {
      user_id: 'stranger',
    });
    expect(await idsAt(null, path)).toHaveLength(4);
    expect(await idsAt(null, `/spend/logs/v2?session_id=${SESSION}&page_size=3`)).toHaveLength(3);
    expect(await idsAt(token, path)).toHaveLength(4);
    expect(await idsAt(made.json.key, path)).toEqual([]);
    expect(await idsAt(null, '/spend/logs/session/ui?session_id=other')).toEqual([]);
    const unnamed = await Client.admin(gateway.url).get('/spend/logs/session/ui');
    expect([unnamed.status, unnamed.text.includes('session_id')]).toEqual([400, true]);
  });

  it('reach the model provider as they are, and without anything of the client', () => {
    expect(upstream.records.map(({ path }) => path)).toEqual([
      '/v1/responses',
      '/v1/responses',
      '/v1/responses',
      '/v1/responses/compact',
    ]);
    expect(upstream.records.map(({ body }) => body)).toEqual([
      TURN,
      { ...TURN, input: [...INPUT, ...CALLED] },
      TURN,
      COMPACTION,
    ]);
    for (const { headers } of upstream.records) {
      expect(headers['user-agent']).toBe('gatehouse');
      expect(JSON.stringify(headers)).not.toContain(token);
      expect(JSON.stringify(headers)).not.toContain(SESSION);
    }
  });

  it('are refused for a model that the team has not, and reach no upstream', async () => {
    const before = upstream.records.length;
    const refused = await post('/v1/responses', { ...TURN, model: 'secret-model' });
    expect([refused.status, refused.json.error.reason]).toEqual([403, 'model_not_allowed']);
    expect(upstream.records).toHaveLength(before);
  });
});
