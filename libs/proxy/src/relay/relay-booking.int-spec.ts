import { post } from '#support/raw-client';
import { describeRelay, relayConfiguration } from '#support/relay-harness';
import { JsonObjectScan, formatUsd } from '#libs/common';

const MESSAGES = [{ role: 'user', content: 'hello there' }];

function yaml(url: string): string {
  return relayConfiguration(
    url,
    `  - model_name: unpriced
    litellm_params: { model: custom_openai/unknown-model, api_base: "${url}/v1", api_key: k }
  - model_name: free
    litellm_params: { model: custom_openai/local, api_base: "${url}/v1", api_key: k, input_cost_per_token: 0, output_cost_per_token: 0 }
  - model_name: listed
    litellm_params: { model: openai/gpt-4o-mini, api_base: "${url}/v1", api_key: k }
    model_info: { base_model: gpt-4o-mini }
`,
  );
}

describeRelay('plain answers', yaml, (relay, upstream) => {
  const chat = (extra: object = {}, headers: Record<string, string> = {}) =>
    post(relay().chatUrl, { model: 'test', messages: MESSAGES, ...extra }, headers).answer();

  it('without usage are booked as an estimate', async () => {
    await chat(upstream().behaviour({ usage: 'none' }));
    const [outcome] = relay().spend.outcomes;
    expect(outcome).toMatchObject({ usageSource: 'estimate', succeeded: true });
    expect(outcome?.usage?.inputTokens).toBeGreaterThan(0);
    expect(outcome?.usage?.outputTokens).toBeGreaterThan(0);
    expect(outcome?.costPico).toBeGreaterThan(0n);
  });

  it('are booked with the client and the tags that the request names', async () => {
    const headers = { 'user-agent': 'claude-cli/1.0.83 (external)', 'x-litellm-tags': 'a' };
    await chat({ metadata: { tags: ['b'] } }, headers);
    expect(relay().spend.intents).toMatchObject([{ client: 'claude-cli', tags: ['a', 'b'] }]);
  });

  it('with usage cost no look into the messages', async () => {
    const value = jest.spyOn(JsonObjectScan.prototype, 'value');
    await chat();
    const names = value.mock.calls.flat();
    value.mockRestore();
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'provider' });
    expect(names).toContain('model');
    expect(names).not.toContain('messages');
  });

  it.each([
    ['asked for', 'listed', { service_tier: 'priority' }, false],
    ['asked for', 'test', { service_tier: 'priority' }, true],
    ['standard', 'listed', { service_tier: 'default' }, true],
    ['not named', 'listed', {}, true],
  ])(
    'whose price class is %s are priced by %s as %j deserves',
    async (_what, model, extra, isPriced) => {
      await chat({ model, ...extra });
      expect(relay().spend.outcomes[0]).toMatchObject({ isPriced });
    },
  );

  it.each([
    ['flex', {}, false],
    ['default', { service_tier: 'flex' }, true],
  ])('are priced by the class %s that they were given at', async (tier, extra, isPriced) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    const body = JSON.stringify({ choices: [], usage, service_tier: tier });
    await chat({ model: 'listed', ...extra, ...upstream().behaviour({ body }) });
    expect(relay().spend.outcomes[0]).toMatchObject({ isPriced, usageSource: 'provider' });
    expect(relay().spend.outcomes[0]?.costPico).toBeGreaterThan(0n);
  });

  it('with absurd usage never make spend decrease', async () => {
    await chat(upstream().behaviour({ usage: { prompt_tokens: -5, completion_tokens: 'x' } }));
    expect(relay().spend.outcomes[0]?.costPico).toBeGreaterThanOrEqual(0n);
    expect(relay().states.at(-1)?.log['usage_suspect']).toBe(true);
  });

  it('of unknown price are flagged', async () => {
    const response = await chat({ model: 'unpriced' });
    expect(response.headers['x-litellm-response-cost']).toBe(formatUsd(0n));
    expect(relay().spend.outcomes).toEqual([
      expect.objectContaining({ isPriced: false, costPico: 0n }),
    ]);
    expect(relay().states.at(-1)?.log['unpriced']).toBe(true);
  });

  it('of the price 0 are not flagged', async () => {
    await chat({ model: 'free' });
    expect(relay().spend.outcomes).toEqual([
      expect.objectContaining({ isPriced: true, costPico: 0n }),
    ]);
    expect(relay().states.at(-1)?.log).not.toHaveProperty('unpriced');
  });

  it('that are empty are 502 and cost nothing', async () => {
    const response = await chat(upstream().behaviour({ body: '' }));
    expect(response.status).toBe(502);
    expect(response.text).toContain('upstream_invalid');
    expect(relay().spend.outcomes[0]).toMatchObject({ usageSource: 'none', succeeded: false });
  });
});
