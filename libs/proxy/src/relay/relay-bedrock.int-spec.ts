import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { ANTHROPIC_EVENTS, ANTHROPIC_MESSAGE } from '#support/anthropic-messages';
import {
  AMAZON_KEY,
  AMAZON_REGION,
  AMAZON_WORKLOAD_TOKEN,
  BEDROCK_KEY,
  bedrockStream,
  countedBodyOf,
  exceptionFrame,
  startFakeBedrock,
  type FakeBedrock,
} from '#support/fake-bedrock';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const PRICES =
  'input_cost_per_token: 0.000003, output_cost_per_token: 0.000015, search_context_cost_per_query: { search_context_size_medium: 0.01 }';
const MESSAGES = [{ role: 'user', content: 'hello' }];
const MODEL = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const PROFILE = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2';
const KEYS = `aws_access_key_id: ${AMAZON_KEY.id}, aws_secret_access_key: ${AMAZON_KEY.secret}`;
const ROLE = 'aws_role_name: "arn:aws:iam::1:role/gateway"';

describe('models of Anthropic at Amazon Bedrock', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bedrock-'));
  const outside = { ...process.env };
  let bedrock: FakeBedrock;
  let relay: RelayHarness;
  let warnings: jest.SpyInstance;

  beforeAll(async () => {
    bedrock = await startFakeBedrock();
    warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    writeFileSync(join(directory, 'token'), `${AMAZON_WORKLOAD_TOKEN}\n`);
    writeFileSync(
      join(directory, 'credentials'),
      `[acme]\naws_access_key_id = ${AMAZON_KEY.id}\naws_secret_access_key = ${AMAZON_KEY.secret}\n`,
    );
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(directory, 'credentials');
    process.env['AWS_CONFIG_FILE'] = join(directory, 'none');
    process.env['AWS_ACCESS_KEY_ID'] = AMAZON_KEY.id;
    process.env['AWS_SECRET_ACCESS_KEY'] = AMAZON_KEY.secret;
    relay = await startRelay(configuration());
  });

  afterAll(async () => {
    process.env = outside;
    warnings.mockRestore();
    await relay.stop();
    await bedrock.close();
    rmSync(directory, { recursive: true });
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
    bedrock.forget();
  });

  function configuration(): string {
    const entry = (name: string, credentials: string, model = MODEL, more = ''): string =>
      `  - model_name: ${name}
    litellm_params: { model: "bedrock/${model}", aws_region_name: ${AMAZON_REGION}, ${credentials}, aws_bedrock_runtime_endpoint: "${bedrock.url}", aws_sts_endpoint: "${bedrock.url}", timeout: 20, ${more}${PRICES} }
`;
    const betas = 'extra_headers: { Anthropic-Beta: of-the-operator-2026-01-01 }, ';
    const foreign = 'aws_access_key_id: AKIDOTHER, aws_secret_access_key: other-secret';
    const token = `aws_web_identity_token: "oidc/file/${join(directory, 'token')}"`;
    return `model_list:
${entry('claude', KEYS)}${entry('key', `api_key: ${BEDROCK_KEY}`, `invoke/${MODEL}`, betas)}${entry('profile-arn', KEYS, PROFILE)}${entry('profile', 'aws_profile_name: acme')}${entry('chain', 'aws_session_name: any')}${entry('role', `${KEYS}, ${ROLE}`)}${entry('federated', `${ROLE}, ${token}`)}${entry('no-role', `${KEYS}, aws_role_name: "arn:aws:iam::1:role/other"`)}${entry('foreign', foreign)}${entry('either', foreign)}${entry('either', KEYS)}router_settings: { num_retries: 1 }
`;
  }

  const message = (extra: object, path = '', headers = {}): Promise<RawAnswer> =>
    post(
      `${relay.url}/v1/messages${path}`,
      { model: 'claude', max_tokens: 100, messages: MESSAGES, ...extra },
      headers,
    ).answer();
  const bodyOf = ({ text }: RawAnswer): Record<string, unknown> =>
    JSON.parse(text) as Record<string, unknown>;

  it.each([
    [false, 'invoke', JSON.stringify(ANTHROPIC_MESSAGE)],
    [true, 'invoke-with-response-stream', ANTHROPIC_EVENTS.join('')],
  ])('are asked with Anthropic’s body, signed (streamed: %p)', async (stream, verb, whole) => {
    const { status, text } = await message({ stream }, '?beta=true');
    expect([status, text]).toEqual([200, whole]);
    expect(bedrock.records.at(-1)).toMatchObject({
      target: `/model/${encodeURIComponent(MODEL)}/${verb}`,
      body: { max_tokens: 100, messages: MESSAGES, anthropic_version: 'bedrock-2023-05-31' },
    });
    expect(bedrock.records.at(-1)?.body).not.toHaveProperty('anthropic_beta');
    expect(relay.spend.outcomes).toMatchObject([
      {
        usage: { inputTokens: 95, outputTokens: 15, cachedInputTokens: 40 },
        ...{ usageSource: 'provider', isPriced: true, succeeded: true },
      },
    ]);
    expect(relay.spend.intents).toMatchObject([{ provider: 'bedrock', model: MODEL }]);
  });

  it('answer with events, however their bytes come', async () => {
    for (const pieces of [7, 1_000]) {
      bedrock.enqueue({ pieces });
      const answer = await message({ stream: true });
      expect([answer.status, answer.text]).toEqual([200, ANTHROPIC_EVENTS.join('')]);
      expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    }
  });

  it.each(['profile', 'chain', 'role', 'federated', 'profile-arn', 'key'])(
    'take the credential of %s',
    async (model) => {
      const answers = await Promise.all([message({ model }), message({ model, stream: true })]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    },
  );

  it('have the id of an inference profile in one part of the address', async () => {
    await message({ model: 'profile-arn' });
    expect(bedrock.records.at(-1)?.target).toBe(`/model/${encodeURIComponent(PROFILE)}/invoke`);
  });

  it('get the beta features that Bedrock knows in the body, behind those of the operator', async () => {
    const headers = {
      'anthropic-beta': 'claude-code-20250219, context-1m-2025-08-07,oauth-2025-04-20',
      'anthropic-version': '2023-06-01',
    };
    await message({}, '', headers);
    expect(bedrock.records.at(-1)?.body['anthropic_beta']).toEqual(['context-1m-2025-08-07']);
    await message({ model: 'key' }, '', headers);
    expect(bedrock.records.at(-1)?.body['anthropic_beta']).toEqual([
      'of-the-operator-2026-01-01',
      'context-1m-2025-08-07',
    ]);
  });

  it('ask for a role once, however many need it at a time, and again shortly before its end', async () => {
    const other = await startRelay(configuration());
    const ask = (model: string): Promise<RawAnswer> =>
      post(`${other.url}/v1/messages`, { model, max_tokens: 1, messages: MESSAGES }).answer();
    const before = bedrock.roles.length;
    await Promise.all(Array.from({ length: 4 }, () => ask('role')));
    expect(bedrock.roles).toHaveLength(before + 1);
    const form = bedrock.roles.at(-1);
    expect([form?.get('Action'), form?.get('RoleSessionName')]).toEqual([
      'AssumeRole',
      'gatehouse',
    ]);
    bedrock.roleSeconds = 60;
    await ask('federated');
    await ask('federated');
    bedrock.roleSeconds = 3_600;
    expect(bedrock.roles).toHaveLength(before + 3);
    await other.stop();
  });

  it('count tokens for nothing, of the model itself', async () => {
    const answer = await message({ max_tokens: undefined }, '/count_tokens');
    expect([answer.status, bodyOf(answer)]).toEqual([200, { input_tokens: 2_095 }]);
    const sent = bedrock.records.at(-1);
    expect(sent?.target).toBe(
      `/model/${encodeURIComponent(MODEL.replace('eu.', ''))}/count-tokens`,
    );
    expect(countedBodyOf(sent?.body ?? {})).toEqual({
      ...{ anthropic_version: 'bedrock-2023-05-31', max_tokens: 64_000, messages: MESSAGES },
    });
    expect(relay.spend.outcomes).toMatchObject([{ costPico: 0n, succeeded: true }]);
  });

  it.each([
    [429, 'ThrottlingException', 'rate_limit_error'],
    [400, 'ValidationException', 'invalid_request_error'],
    [404, 'ResourceNotFoundException', 'not_found_error'],
    [424, 'ModelErrorException', 'api_error'],
  ])('answer %d %s in Anthropic’s envelope', async (status, exception, type) => {
    const refusal = { status, exception, body: { message: 'not now' } };
    bedrock.enqueue(refusal, refusal);
    const answer = await message({ stream: true });
    expect([answer.status, bodyOf(answer)]).toEqual([
      status,
      { type: 'error', error: { type, message: 'not now' }, request_id: 'amazon-1' },
    ]);
    expect(answer.headers['request-id']).toBe('amazon-1');
    for (const { usage, costPico } of relay.spend.outcomes)
      expect([usage, costPico]).toEqual([null, 0n]);
  });

  it.each([
    [403, 'AccessDeniedException'],
    [403, 'UnrecognizedClientException'],
    [400, 'ExpiredTokenException'],
  ])('answer %d %s as the gateway’s own failure', async (status, exception) => {
    const refusal = { status, exception, body: { message: AMAZON_KEY.secret } };
    bedrock.enqueue(refusal, refusal);
    const answer = await message({});
    expect([answer.status, bodyOf(answer)]).toMatchObject([
      502,
      { error: { type: 'api_error', reason: 'upstream_credential_rejected' } },
    ]);
    expect(answer.text).not.toContain(AMAZON_KEY.secret);
  });

  it('end a stream with the error of an exception, and are booked as an estimate', async () => {
    const stream = Buffer.concat([
      bedrockStream(ANTHROPIC_EVENTS.slice(0, 4)),
      exceptionFrame('modelStreamErrorException', 'lost'),
    ]);
    bedrock.enqueue({ stream });
    const { text } = await message({ stream: true });
    expect(text).toBe(
      `${ANTHROPIC_EVENTS.slice(0, 4).join('')}event: error\ndata: {"type":"error","error":{"type":"api_error","message":"lost"},"request_id":"${relay.states.at(-1)?.requestId ?? ''}"}\n\n`,
    );
    expect(relay.spend.outcomes).toMatchObject([{ usageSource: 'estimate', succeeded: false }]);
  });

  it.each([
    ['a byte that is another one', (bytes: Buffer) => bytes.fill(0, 900, 901)],
    ['a message without its end', (bytes: Buffer) => bytes.subarray(0, 1_500)],
  ])('end with an error event for %s', async (_kind, changed) => {
    bedrock.enqueue({ stream: changed(bedrockStream(ANTHROPIC_EVENTS)) });
    const { text } = await message({ stream: true });
    expect(text).toMatch(/event: error\ndata: .*\n\n$/);
    expect(relay.spend.outcomes).toMatchObject([{ usageSource: 'estimate', succeeded: false }]);
  });

  it.each(['foreign', 'no-role'])(
    'without a credential (%s) are the gateway’s own failure, which shows nothing of it',
    async (model) => {
      warnings.mockClear();
      const answer = await message({ model });
      expect([answer.status, bodyOf(answer)]).toMatchObject([
        502,
        { error: { type: 'api_error', reason: 'upstream_credential_rejected' } },
      ]);
      const told = JSON.stringify([warnings.mock.calls, relay.states.at(-1)?.log, answer.text]);
      expect(told).not.toMatch(/secret/);
    },
  );

  it('without a credential are left for another deployment', async () => {
    for (let count = 0; count < 4; count += 1)
      expect((await message({ model: 'either' })).status).toBe(200);
  });
});
