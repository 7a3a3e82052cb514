import type { FakeBehaviour } from '#support/fake-behaviour';
import { typedEvents } from '#support/fake-operations';
import { post } from '#support/raw-client';
import { describeRelay, relayConfiguration } from '#support/relay-harness';

const ERROR = '{"error":{"message":"overloaded"}}';
const COMMENT = ': PROCESSING\n\n';
const USAGE = '"usage":{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}';
const ROLE = 'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n';
const STREAM = { 'content-type': 'text/event-stream' };
const JSON_TYPE = { 'content-type': 'application/json' };

describeRelay(
  'a response of which the client has nothing',
  (url) =>
    relayConfiguration(
      url,
      `  - model_name: hasty
    litellm_params: { model: openai/real-model, api_base: "${url}/v1", api_key: k, timeout: 0.3, stream_timeout: 0.3 }
`,
    ),
  (relay, upstream) => {
    const call = async (behaviour: FakeBehaviour, stream: boolean, model = 'test') => {
      upstream().enqueue(behaviour);
      const messages = [{ role: 'user', content: 'hello' }];
      return post(relay().chatUrl, { model, stream, messages }).answer();
    };

    it.each<[string, FakeBehaviour, boolean]>([
      ['a first event with an error', { headers: STREAM, body: `data: ${ERROR}\n\n` }, true],
      ['an error behind comments', { headers: STREAM, body: `${COMMENT}data: ${ERROR}\n\n` }, true],
      ['a stream that ends at once', { headers: STREAM, body: 'data: [DONE]\n\n' }, true],
      ['an error with status 200', { headers: JSON_TYPE, body: ERROR }, false],
      ['an error with status 200 to a stream', { headers: JSON_TYPE, body: ERROR }, true],
    ])('costs nothing and counts as failed: %s', async (_what, behaviour, stream) => {
      const answer = await call(behaviour, stream);
      expect(answer).toMatchObject({ status: 200, text: behaviour.body });
      expect(relay().spend.outcomes).toMatchObject([
        { usage: null, usageSource: 'none', costPico: 0n, succeeded: false, upstreamStatus: 200 },
      ]);
    });

    it.each<[string, FakeBehaviour, boolean]>([
      ['a stream behind its head', { cutAfterBytes: 0 }, true],
      [
        'a stream behind a comment',
        { headers: STREAM, body: `${COMMENT}${ROLE}`, cutAfterBytes: COMMENT.length },
        true,
      ],
      ['a buffered response', { cutAfterBytes: 20 }, false],
    ])('costs nothing where the upstream cuts %s', async (_what, behaviour, stream) => {
      await call(behaviour, stream);
      expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'none', succeeded: false }]);
    });

    it.each<[string, FakeBehaviour]>([
      [
        'beside the error',
        { headers: STREAM, body: `data: {"error":{"code":1},${USAGE}}\n\ndata: [DONE]\n\n` },
      ],
      [
        'behind the error',
        {
          headers: STREAM,
          body: `data: ${ERROR}\n\ndata: {"choices":[],${USAGE}}\n\ndata: [DONE]\n\n`,
        },
      ],
    ])('costs what the upstream reports %s', async (_where, behaviour) => {
      await call(behaviour, true);
      expect(relay().spend.outcomes).toMatchObject([
        { usage: { inputTokens: 9, outputTokens: 0 }, usageSource: 'provider' },
      ]);
    });

    it.each<[string, FakeBehaviour]>([
      ['has begun with a role', { headers: STREAM, body: ROLE }],
      ['reports an error behind text', { headers: STREAM, body: `${ROLE}data: ${ERROR}\n\n` }],
    ])('is estimated when the stream %s', async (_what, behaviour) => {
      await call(behaviour, true);
      expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'estimate' }]);
    });

    it.each<[string, readonly string[], string]>([
      ['breaks off', ['response.created', 'response.in_progress'], 'estimate'],
      ['has failed', ['response.created', 'response.failed'], 'none'],
    ])('of the Responses API that %s before its output is %s', async (_what, types, source) => {
      const response = { id: 'resp_1', status: 'in_progress' };
      const events = types.map((type) => ({ type, response }));
      const sent = typedEvents(...events);
      const isCut = source === 'estimate';
      const cut = isCut ? { cutAfterBytes: Buffer.byteLength(sent) } : {};
      const body = isCut ? sent + sent : sent;
      upstream().enqueue({ headers: STREAM, body, ...cut });
      const asked = { model: 'test', input: 'hello', stream: true, store: false };
      await post(`${relay().url}/v1/responses`, asked).answer();
      expect(relay().spend.outcomes).toMatchObject([{ usageSource: source, succeeded: false }]);
    });

    it.each(['before-head', 'after-head'] as const)(
      'is estimated where the time limit ended it (%s), for the upstream may have billed it',
      async (hang) => {
        expect((await call({ hang }, true, 'hasty')).status).toBe(504);
        expect(relay().spend.outcomes).toMatchObject([
          { usageSource: 'estimate', succeeded: false },
        ]);
      },
    );
  },
);
