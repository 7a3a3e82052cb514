import { eventually } from '#support/eventually';
import { startFakeGoogle, type FakeGoogle, type GoogleBehaviour } from '#support/fake-google';
import { GOOGLE_CHUNKS, GOOGLE_RESPONSE, googleError } from '#support/google-contents';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const PRICES = `input_cost_per_token: 0.000003, output_cost_per_token: 0.000015,
      cache_read_input_token_cost: 0.0000003, input_cost_per_audio_token: 0.000009, search_context_cost_per_query: { search_context_size_medium: 0.01 }`;

const yaml = (url: string): string => `model_list:
  - model_name: gemini
    litellm_params: { model: gemini/gemini-real, api_base: "${url}", api_key: upstream-secret, timeout: 20, ${PRICES} }
    model_info: { id: dep-1 }
  - model_name: team/gemini
    litellm_params: { model: gemini/tunedModels/own, api_base: "${url}/v1beta", api_key: upstream-secret, ${PRICES} }
  - model_name: any/*
    litellm_params: { model: gemini/*, api_base: "${url}/v1beta/openai", api_key: upstream-secret, ${PRICES} }
  - model_name: gpt
    litellm_params: { model: openai/gpt, api_base: "${url}/v1", api_key: k }
  - model_name: wrong-key
    litellm_params: { model: gemini/gemini-real, api_base: "${url}", api_key: other, ${PRICES} }
  - model_name: mixed
    litellm_params: { model: openai/gpt, api_base: "${url}/v1", api_key: k }
  - model_name: mixed
    litellm_params: { model: gemini/gemini-real, api_base: "${url}", api_key: upstream-secret, ${PRICES} }
  - model_name: slow
    litellm_params: { model: gemini/gemini-real, api_base: "${url}", api_key: upstream-secret, stream_timeout: 0.3, ${PRICES} }
router_settings: { num_retries: 0, model_group_alias: { alias: gemini } }
gatehouse: { spend: { client_abort: cancel } }
`;

/** 46 × 3 + 40 × 0.3 + 20 × 9 of sound + 50 × 15 dollars for a million tokens. */
const COST_PICO = 138_000_000n + 12_000_000n + 180_000_000n + 750_000_000n;
const USAGE = {
  inputTokens: 106,
  cachedInputTokens: 40,
  outputTokens: 50,
  details: { inputAudio: 20, reasoning: 20 },
};
const CONTENTS = [{ role: 'user', parts: [{ text: 'hello' }] }];
const OPERATIONS = ['generateContent', 'streamGenerateContent', 'streamGenerateContent?alt=sse'];

describe('contents in Google’s form', () => {
  let upstream: FakeGoogle;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeGoogle();
    relay = await startRelay(yaml(upstream.url));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
  });

  const call = (
    extra: object = {},
    path = '/v1beta/models/gemini:generateContent',
    behaviour: GoogleBehaviour | null = null,
  ): Promise<RawAnswer> => {
    if (behaviour !== null) upstream.enqueue(behaviour);
    return post(`${relay.url}${path}`, { contents: CONTENTS, ...extra }).answer();
  };
  const errorIn = ({ text }: RawAnswer): Record<string, unknown> =>
    (JSON.parse(text) as { error: Record<string, unknown> }).error;

  it.each(
    ['/v1beta/models/', '/v1/models/', '/models/'].flatMap((root) =>
      OPERATIONS.map((operation) => `${root}gemini:${operation}`),
    ),
  )('%s is relayed byte for byte and priced by its details', async (path) => {
    const { status, text, headers } = await call({}, path);
    const sent = upstream.records.at(-1);
    expect([status, text]).toEqual([200, sent?.sent]);
    expect(sent?.target).toBe(`/v1beta/models/gemini-real:${path.split(':')[1] ?? ''}`);
    expect(headers['x-litellm-model-id']).toBe('dep-1');
    expect(relay.spend.outcomes).toMatchObject([
      {
        usage: USAGE,
        usageSource: 'provider',
        costPico: COST_PICO,
        isPriced: true,
        succeeded: true,
      },
    ]);
    expect(relay.spend.intents).toMatchObject([{ model: 'gemini-real', provider: 'gemini' }]);
  });

  it.each([
    ['alias', 'models/gemini-real'],
    ['team/gemini', 'tunedModels/own'],
    ['team%2Fgemini', 'tunedModels/own'],
    ['any/gemini-x', 'models/gemini-x'],
    ['any/a/b', 'models/a%2Fb'],
  ])('of the model %s go to %s', async (model, name) => {
    expect((await call({}, `/v1beta/models/${model}:generateContent`)).status).toBe(200);
    expect(upstream.records.at(-1)?.target).toBe(`/v1beta/${name}:generateContent`);
  });

  it('never leave the place of the model in an address', async () => {
    const before = upstream.records.length;
    for (const model of ['any/..', 'any%2F..', 'any/%2e%2e', 'any/../..']) {
      const { status } = await call({}, `/v1beta/models/${model}:generateContent`);
      expect(status).toBeGreaterThanOrEqual(400);
    }
    expect(upstream.records).toHaveLength(before);
  });

  it('reach Google as it knows them, without what only the gateway knows', async () => {
    const extra = {
      ...{ user: 'customer-1', tags: ['a'], metadata: { tags: ['b'] }, model: 'models/other' },
      ...{ systemInstruction: { parts: [] }, safetySettings: [], num_retries: 3 },
    };
    expect((await call(extra)).status).toBe(200);
    expect(upstream.records.at(-1)?.body).toEqual({
      ...{ contents: CONTENTS, systemInstruction: { parts: [] }, safetySettings: [] },
    });
  });

  it('pass on no parameter of the query but the form of the stream', async () => {
    for (const [query, sent] of [
      ['?alt=sse&key=secret', '?alt=sse'],
      ['?key=secret', ''],
      ['?$alt=sse&access_token=secret&alt=json', ''],
    ] as const) {
      await call({}, `/v1beta/models/gemini:streamGenerateContent${query}`);
      expect(upstream.records.at(-1)?.target).toBe(
        `/v1beta/models/gemini-real:streamGenerateContent${sent}`,
      );
    }
  });

  it('go to the deployments that speak the form, and to no other', async () => {
    expect((await call({}, '/v1beta/models/mixed:generateContent')).status).toBe(200);
    const answer = await call({}, '/v1beta/models/gpt:generateContent');
    expect([answer.status, errorIn(answer)]).toMatchObject([
      400,
      { code: 400, status: 'INVALID_ARGUMENT', reason: 'operation_unsupported', param: 'model' },
    ]);
  });

  it('that the upstream refuses come back as they are, and cost nothing', async () => {
    const error = googleError(400, 'INVALID_ARGUMENT', 'Invalid value at contents');
    for (const operation of OPERATIONS) {
      const body = operation.endsWith('t') ? [{ error }] : { error };
      const answer = await call({}, `/v1beta/models/gemini:${operation}`, { status: 400, body });
      expect([answer.status, JSON.parse(answer.text)]).toEqual([400, body]);
    }
    expect(relay.spend.outcomes.map(({ costPico }) => costPico)).toEqual([0n, 0n, 0n]);
  });

  it('hide a refusal of the gateway’s own credential', async () => {
    const answer = await call({}, '/v1beta/models/wrong-key:generateContent');
    expect([answer.status, errorIn(answer)]).toMatchObject([
      502,
      { status: 'UNAVAILABLE', reason: 'upstream_credential_rejected' },
    ]);
  });

  it('that break off are estimated, and end with an error event', async () => {
    const path = '/v1beta/models/gemini:streamGenerateContent?alt=sse';
    const answer = await call({}, path, { cutAfter: 2 });
    expect(answer.text.startsWith(upstream.records.at(-1)?.sent ?? '-')).toBe(true);
    const last = answer.text.trim().split('\n\n').at(-1) ?? '';
    expect(JSON.parse(last.replace(/^[^]*data: /, ''))).toMatchObject({
      error: { code: 502, status: 'UNAVAILABLE', reason: 'upstream_invalid' },
    });
    expect(relay.spend.outcomes).toMatchObject([
      { usage: { inputTokens: 100 }, usageSource: 'estimate', isSuspect: true, succeeded: false },
    ]);
  });

  it('that break off as an array are cut at the client, too', async () => {
    const path = '/v1beta/models/gemini:streamGenerateContent';
    const answer = await call({}, path, { cutAfter: 2 });
    expect([answer.isComplete, answer.text]).toEqual([false, upstream.records.at(-1)?.sent]);
    expect(relay.spend.outcomes).toMatchObject([{ usageSource: 'estimate', succeeded: false }]);
  });

  it('that stay silent end within the limit of a stream', async () => {
    const path = '/v1beta/models/slow:streamGenerateContent?alt=sse';
    const answer = await call({}, path, { hangAfter: 0 });
    expect([answer.status, errorIn(answer)]).toMatchObject([504, { status: 'DEADLINE_EXCEEDED' }]);
  });

  it('end upstream when the client disconnects', async () => {
    upstream.enqueue({ hangAfter: 2 });
    const path = '/v1beta/models/gemini:streamGenerateContent?alt=sse';
    const running = post(`${relay.url}${path}`, { contents: CONTENTS });
    await eventually(() => expect(upstream.records.at(-1)?.sent).toContain('there'));
    running.request.destroy();
    await eventually(() => {
      expect(upstream.records.at(-1)?.isAborted).toBe(true);
      expect(relay.spend.outcomes).toHaveLength(1);
    });
  });

  it('with searches are billed for them: each of a newer model, and one of an older', async () => {
    for (const [modelVersion, searches] of [
      ['gemini-3-pro', 2],
      ['gemini-2.5-pro', 1],
    ] as const) {
      const [candidate] = GOOGLE_RESPONSE.candidates;
      const grounded = { ...candidate, groundingMetadata: { webSearchQueries: ['a', 'b'] } };
      const chunk = { ...GOOGLE_RESPONSE, candidates: [grounded], modelVersion };
      await call({}, undefined, { body: chunk });
      const path = '/v1beta/models/gemini:streamGenerateContent?alt=sse';
      await call({}, path, { chunks: [chunk, ...GOOGLE_CHUNKS.slice(2)] });
      for (const { usage } of relay.spend.outcomes.splice(0))
        expect(usage?.details).toMatchObject({ searchMedium: searches });
      relay.spend.events.length = 0;
    }
  });

  it('count tokens for nothing', async () => {
    const answer = await call({}, '/v1beta/models/gemini:countTokens');
    expect(JSON.parse(answer.text)).toMatchObject({ totalTokens: 31 });
    expect(relay.spend.outcomes).toMatchObject([{ costPico: 0n, succeeded: true }]);
  });

  it.each([
    [{ contents: undefined }, 'contents'],
    [{ contents: 'hello' }, 'contents'],
    [{ generationConfig: 1 }, 'generationConfig'],
    [{ generationConfig: { maxOutputTokens: 'many' } }, 'generationConfig.maxOutputTokens'],
    [{ generation_config: { candidate_count: 0 } }, 'generation_config.candidate_count'],
    [{ generationConfig: {}, generation_config: {} }, 'generation_config'],
    [
      { generationConfig: { maxOutputTokens: 1, max_output_tokens: 2 } },
      'generationConfig.max_output_tokens',
    ],
    [{ GenerationConfig: {} }, 'GenerationConfig'],
    [{ cachedContent: 'cachedContents/other' }, 'cachedContent'],
    [{ cached_content: 'cachedContents/other' }, 'cached_content'],
    [
      { tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/other'] } }] },
      'tools[].fileSearchStoreNames',
    ],
    [
      { tools: [{ file_search: { file_search_store_names: ['fileSearchStores/other'] } }] },
      'tools[].file_search_store_names',
    ],
    [
      { tools: [{ retrieval: { vertexRagStore: { ragResources: [] } } }] },
      'tools[].vertexRagStore',
    ],
    [{ generateContentRequest: { cachedContent: 'cachedContents/other' } }, 'cachedContent'],
    [
      {
        generate_content_request: { contents: [{ parts: [{ fileData: { fileUri: 'files/1' } }] }] },
      },
      'contents[].parts[].fileData.fileUri',
    ],
    [{ api_key: 'x' }, 'api_key'],
    [
      {
        contents: [
          {
            parts: [
              {
                fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/one' },
              },
            ],
          },
        ],
      },
      'contents[].parts[].fileData.fileUri',
    ],
    [
      { contents: [{ parts: [{ file_data: { file_uri: 'files/one' } }] }] },
      'contents[].parts[].fileData.fileUri',
    ],
  ])('of %j are refused at %s', async (extra, param) => {
    const before = upstream.records.length;
    const answer = await call(extra);
    expect([answer.status, errorIn(answer)]).toMatchObject([
      400,
      { reason: 'request_invalid', status: 'INVALID_ARGUMENT', param },
    ]);
    expect(upstream.records).toHaveLength(before);
  });

  it('may name files that are public or in a bucket', async () => {
    for (const fileUri of ['https://youtu.be/x', 'gs://bucket/one.pdf']) {
      const contents = [{ parts: [{ fileData: { mimeType: 'video/mp4', fileUri } }] }];
      expect((await call({ contents })).status).toBe(200);
    }
  });
});
