import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { ANTHROPIC_EVENTS, ANTHROPIC_MESSAGE } from '#support/anthropic-messages';
import { GOOGLE_TOKEN, startFakeGoogle, type FakeGoogle } from '#support/fake-google';
import { startFakeVertex, WORKLOAD_TOKEN, type FakeVertex } from '#support/fake-vertex';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const PRICES =
  'input_cost_per_token: 0.000003, output_cost_per_token: 0.000015, search_context_cost_per_query: { search_context_size_medium: 0.01 }';
const CONTENTS = [{ role: 'user', parts: [{ text: 'hello' }] }];
const MESSAGES = [{ role: 'user', content: 'hello' }];

describe('models at Vertex AI', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vertex-'));
  let google: FakeGoogle;
  let vertex: FakeVertex;
  let relay: RelayHarness;
  let warnings: jest.SpyInstance;

  beforeAll(async () => {
    google = await startFakeGoogle();
    vertex = await startFakeVertex();
    warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    writeFileSync(join(directory, 'token'), WORKLOAD_TOKEN);
    writeFileSync(join(directory, 'account.json'), JSON.stringify(vertex.account));
    writeFileSync(
      join(directory, 'workload.json'),
      JSON.stringify(vertex.workload(join(directory, 'token'))),
    );
    relay = await startRelay(configuration());
  });

  afterAll(async () => {
    warnings.mockRestore();
    await relay.stop();
    await google.close();
    await vertex.close();
    rmSync(directory, { recursive: true });
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  function configuration(): string {
    const entry = (name: string, model: string, credentials: string, base: string): string =>
      `  - model_name: ${name}
    litellm_params: { model: vertex_ai/${model}, vertex_location: europe-west1, ${credentials}, api_base: "${base}", timeout: 20, ${PRICES} }
`;
    const inline = JSON.stringify(vertex.account);
    const file = (name: string): string => `vertex_credentials: "${join(directory, name)}"`;
    const foreign = JSON.stringify({ ...vertex.account, client_email: 'other@acme.example' });
    const project = 'vertex_project: acme';
    return `model_list:
${entry('gemini', 'gemini-2.5-pro', `vertex_credentials: ${inline}`, google.url)}${entry('claude', 'claude-sonnet-4-5@20250929', file('account.json'), vertex.url)}${entry('whole-path', 'claude-opus', file('account.json'), `${vertex.url}/v1/projects/acme/locations/europe-west1/publishers/anthropic/models/own`)}${entry('federated', 'claude-sonnet', `${file('workload.json')}, ${project}`, vertex.url)}${entry('foreign', 'claude-sonnet', `vertex_credentials: ${foreign}`, vertex.url)}${entry('key', 'gemini-2.5-pro', 'api_key: upstream-secret', google.url)}${entry('either', 'claude-sonnet', `vertex_credentials: ${foreign}`, vertex.url)}${entry('either', 'claude-sonnet', file('account.json'), vertex.url)}router_settings: { num_retries: 1 }
`;
  }

  const generate = (model: string, verb: string): Promise<RawAnswer> =>
    post(`${relay.url}/v1beta/models/${model}:${verb}`, { contents: CONTENTS }).answer();
  const message = (extra: object, path = '', headers = {}): Promise<RawAnswer> =>
    post(
      `${relay.url}/v1/messages${path}`,
      { model: 'claude', max_tokens: 100, messages: MESSAGES, ...extra },
      headers,
    ).answer();
  const bodyOf = ({ text }: RawAnswer): Record<string, unknown> =>
    JSON.parse(text) as Record<string, unknown>;

  it.each(['generateContent', 'streamGenerateContent', 'streamGenerateContent?alt=sse'])(
    'of Google are asked at %s, byte for byte and with their usage',
    async (verb) => {
      const { status, text } = await generate('gemini', verb);
      const sent = google.records.at(-1);
      expect([status, text]).toEqual([200, sent?.sent]);
      expect(sent?.target).toBe(
        `/v1/projects/acme/locations/europe-west1/publishers/google/models/gemini-2.5-pro:${verb}`,
      );
      expect(sent?.headers.authorization).toBe(`Bearer ${GOOGLE_TOKEN}`);
      expect(relay.spend.outcomes).toMatchObject([
        { usageSource: 'provider', isPriced: true, succeeded: true },
      ]);
      expect(relay.spend.intents).toMatchObject([
        { provider: 'vertex_ai', model: 'gemini-2.5-pro' },
      ]);
    },
  );

  it('of Google count tokens for nothing', async () => {
    expect(bodyOf(await generate('gemini', 'countTokens'))).toMatchObject({ totalTokens: 31 });
    expect(relay.spend.outcomes).toMatchObject([{ costPico: 0n, succeeded: true }]);
  });

  it('take the key of an account without a project', async () => {
    await generate('key', 'countTokens');
    expect(google.records.at(-1)).toMatchObject({
      target: '/v1/publishers/google/models/gemini-2.5-pro:countTokens',
      headers: { 'x-goog-api-key': 'upstream-secret' },
    });
  });

  it.each([
    [false, 'rawPredict'],
    [true, 'streamRawPredict'],
  ])('of Anthropic are asked with Anthropic’s body (streamed: %p)', async (stream, verb) => {
    const headers = {
      'anthropic-beta': 'context-1m-2025-08-07',
      'anthropic-version': '2023-06-01',
    };
    const { status, text } = await message({ stream }, '?beta=true', headers);
    const whole = stream ? ANTHROPIC_EVENTS.join('') : JSON.stringify(ANTHROPIC_MESSAGE);
    expect([status, text]).toEqual([200, whole]);
    expect(vertex.records.at(-1)).toMatchObject({
      target: `/v1/projects/acme/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5@20250929:${verb}`,
      headers: { 'anthropic-beta': 'context-1m-2025-08-07' },
      body: { max_tokens: 100, messages: MESSAGES, stream },
    });
    expect(relay.spend.outcomes).toMatchObject([
      {
        usage: { inputTokens: 95, outputTokens: 15, cachedInputTokens: 40 },
        ...{ usageSource: 'provider', isPriced: true, succeeded: true },
      },
    ]);
  });

  it('of Anthropic may have the whole path of their model in api_base', async () => {
    expect((await message({ model: 'whole-path' })).status).toBe(200);
    expect(vertex.records.at(-1)?.target).toMatch(/\/models\/own:rawPredict$/);
  });

  it('of Anthropic count tokens at an address of their own', async () => {
    const answer = await message({ max_tokens: undefined }, '/count_tokens');
    expect([answer.status, bodyOf(answer)]).toEqual([200, { input_tokens: 2_095 }]);
    expect(vertex.records.at(-1)).toMatchObject({
      target: expect.stringMatching(/\/models\/count-tokens:rawPredict$/) as string,
      body: { model: 'claude-sonnet-4-5@20250929' },
    });
    expect(relay.spend.outcomes).toMatchObject([{ costPico: 0n, succeeded: true }]);
  });

  it.each([
    ['Google’s', [{ error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED' } }]],
    ['text', 'Quota'],
  ])('of Anthropic answer %s errors in Anthropic’s envelope', async (_kind, body) => {
    vertex.enqueue({ status: 429, body }, { status: 429, body });
    const answer = await message({});
    expect([answer.status, bodyOf(answer)]).toMatchObject([
      429,
      {
        type: 'error',
        error: {
          type: 'rate_limit_error',
          message: expect.stringMatching(/Quota|429/) as string,
        },
        request_id: relay.states.at(-1)?.requestId,
      },
    ]);
  });

  it('of Anthropic answer Anthropic’s own errors as they are', async () => {
    const body = { type: 'error', error: { type: 'invalid_request_error', message: 'no' } };
    vertex.enqueue({ status: 400, body });
    expect(bodyOf(await message({}))).toEqual(body);
  });

  it('whose stream breaks off end with an error event and an estimate', async () => {
    vertex.enqueue({ cutAfter: 4 });
    const { text } = await message({ stream: true });
    expect(text).toContain('event: error\n');
    expect(relay.spend.outcomes).toMatchObject([{ usageSource: 'estimate', succeeded: false }]);
  });

  it('are signed in for once, however many ask at a time, and again shortly before the end of the token', async () => {
    const before = vertex.grants.length;
    await Promise.all(Array.from({ length: 5 }, () => message({})));
    expect(vertex.grants).toHaveLength(before);
    vertex.tokenSeconds = 60;
    const asked = await Promise.all(
      Array.from({ length: 5 }, () => message({ model: 'federated' })),
    );
    vertex.tokenSeconds = 3_600;
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const once = vertex.grants.slice(before);
    expect(once).toEqual(['urn:ietf:params:oauth:grant-type:token-exchange']);
    expect((await message({ model: 'federated' })).status).toBe(200);
    expect((await message({ model: 'federated' })).status).toBe(200);
    expect(vertex.grants).toHaveLength(before + 2);
  });

  it('without a credential are the gateway’s own failure, which shows nothing of it', async () => {
    warnings.mockClear();
    const answer = await message({ model: 'foreign' });
    expect([answer.status, bodyOf(answer)]).toMatchObject([
      502,
      { error: { type: 'api_error', reason: 'upstream_credential_rejected' } },
    ]);
    expect(relay.spend.events).toEqual([]);
    const told = JSON.stringify([warnings.mock.calls, relay.states.at(-1)?.log, answer.text]);
    expect(told).toContain('status 400');
    expect(told).not.toMatch(/eyJ|PRIVATE KEY|other@acme/);
  });

  it('without a credential are left for another deployment', async () => {
    for (let count = 0; count < 4; count += 1)
      expect((await message({ model: 'either' })).status).toBe(200);
  });
});
