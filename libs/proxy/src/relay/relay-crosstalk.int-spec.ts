import { post } from '#support/raw-client';
import { describeRelay } from '#support/relay-harness';

const CALLS = 150;

describeRelay(
  'many calls at once',
  (url) =>
    `model_list:
  - model_name: test
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777 }
`,
  (relay, upstream) => {
    it('never mix up answers, users or usage', async () => {
      await Promise.all(Array.from({ length: CALLS }, (_, index) => checkOne(index)));
      expect(relay().spend.events).toHaveLength(2 * CALLS);
      expect(relay().unsettledCalls.count()).toBe(0);
    });

    async function checkOne(index: number): Promise<void> {
      const nonce = `nonce-${String(index)}-end`;
      const isStream = index % 2 === 0;
      const response = await post(
        relay().chatUrl,
        {
          model: 'test',
          stream: isStream,
          messages: [{ role: 'user', content: nonce }],
          ...upstream().behaviour({
            promptTokens: 1_000 + index,
            completionTokens: 5_000 + index,
            splitEvery: 50 + index,
            delayMs: index % 7,
          }),
        },
        { 'x-user': `user-${String(index)}` },
      ).answer();
      const found = new Set(response.text.match(/nonce-\d+-end/g));
      expect([...found]).toEqual([nonce]);
      const requestId = response.headers['x-litellm-call-id'];
      const events = relay().spend.events.filter((event) =>
        event.kind === 'open'
          ? event.intent.requestId === requestId
          : event.ref.requestId === requestId,
      );
      expect(events).toEqual([
        { kind: 'open', intent: expect.objectContaining({ attempt: 1 }) },
        expect.objectContaining({
          outcome: expect.objectContaining({
            usage: {
              inputTokens: 1_000 + index,
              cachedInputTokens: 0,
              outputTokens: 5_000 + index,
            },
          }),
        }),
      ]);
      const [opened] = events;
      if (opened?.kind === 'open') {
        expect(opened.intent.attribution.userId).toBe(`user-${String(index)}`);
      }
    }
  },
);
