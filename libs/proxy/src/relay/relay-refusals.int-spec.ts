import { eventually } from '#support/eventually';
import { post } from '#support/raw-client';
import { describeRelay, relayConfiguration } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello there' }];

function yaml(url: string): string {
  return relayConfiguration(
    url,
    `  - model_name: hasty
    litellm_params: { model: openai/real-model, api_base: "${url}/v1", api_key: k, timeout: 0.2, stream_timeout: 0.2 }
  - model_name: omitted
    litellm_params: { model: openai/x, api_key: os.environ/UNSET_KEY }
`,
  );
}

describeRelay('plain answers', yaml, (relay, upstream) => {
  const chat = (extra: object = {}, headers: Record<string, string> = {}) =>
    post(relay().chatUrl, { model: 'test', messages: MESSAGES, ...extra }, headers).answer();

  it('are not sent when the settlement cannot be written', async () => {
    relay().spend.beforeSettle = () => Promise.reject(new Error('disk full'));
    const response = await chat();
    relay().spend.beforeSettle = null;
    expect(response.status).toBe(500);
    expect(response.text).not.toContain('choices');
  });

  it.each([400, 404, 429, 500, 503])('pass status %i through with its body', async (status) => {
    const response = await chat(upstream().behaviour({ status, headers: { 'retry-after': '9' } }));
    expect(response.status).toBe(status);
    expect(response.bytes.equals(upstream().records.at(-1)?.sent ?? Buffer.alloc(0))).toBe(true);
    expect(response.headers['x-gatehouse-error-source']).toBe('upstream');
    expect(response.headers['retry-after']).toBeUndefined();
    expect(relay().spend.outcomes).toEqual([
      expect.objectContaining({
        usage: null,
        usageSource: 'none',
        costPico: 0n,
        succeeded: false,
        upstreamStatus: status,
      }),
    ]);
  });

  it('never follow a redirect', async () => {
    const response = await chat(
      upstream().behaviour({ status: 307, headers: { location: `${upstream().url}/elsewhere` } }),
    );
    expect(response.status).toBe(502);
    expect(JSON.parse(response.text).error.reason).toBe('upstream_invalid');
    expect(response.headers['x-gatehouse-error-source']).toBe('gateway');
    expect(response.headers.location).toBeUndefined();
    expect(upstream().records.at(-1)?.path).toBe('/v1/chat/completions');
  });

  it('that break off are 502 and cost nothing, for the client has received nothing', async () => {
    const response = await chat(upstream().behaviour({ cutAfterBytes: 40 }));
    expect(response.status).toBe(502);
    expect(JSON.parse(response.text).error.reason).toBe('upstream_invalid');
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'none', succeeded: false });
  });

  it.each(['before-head', 'after-head'] as const)(
    'that hang %s are 504 and estimated',
    async (hang) => {
      const response = await chat({ model: 'hasty', ...upstream().behaviour({ hang }) });
      expect(response.status).toBe(504);
      expect(JSON.parse(response.text).error.reason).toBe('upstream_timeout');
      expect(relay().spend.outcomes[0]).toMatchObject({
        usageSource: 'estimate',
        succeeded: false,
      });
      await eventually(() => expect(upstream().records.at(-1)?.state).toBe('aborted'));
    },
  );

  it.each([
    ['a model that does not exist', { model: 'nope' }, 400, 'model_unknown'],
    [
      'a model whose deployments were left out',
      { model: 'omitted' },
      503,
      'no_deployment_available',
    ],
    ['a destination of its own', { api_base: 'http://evil.example' }, 400, 'request_invalid'],
    ['a member in another letter case', { Stream: true }, 400, 'request_invalid'],
    ['a stream that is not a boolean', { stream: 'yes' }, 400, 'request_invalid'],
  ])(
    'are refused for %s before anything is written or sent',
    async (_what, extra, status, reason) => {
      const [calls, commits] = [upstream().records.length, relay().commits.length];
      const response = await chat(extra);
      expect(response.status).toBe(status);
      expect(JSON.parse(response.text).error.reason).toBe(reason);
      expect(relay().spend.events).toEqual([]);
      expect([upstream().records.length, relay().commits.length]).toEqual([calls, commits]);
    },
  );

  it('are refused for a model that is not granted, also when the guards let it pass', async () => {
    relay().models = ['other'];
    const response = await chat();
    expect(response.status).toBe(403);
    expect(JSON.parse(response.text).error.reason).toBe('model_not_allowed');
  });
});
