import { eventually } from '#support/eventually';
import { post } from '#support/raw-client';
import { describeRelay, relayConfiguration } from '#support/relay-harness';

describeRelay(
  'the name of a model that a wildcard admits',
  (url) =>
    relayConfiguration(
      url,
      `  - model_name: "any-*"
    litellm_params: { model: "openai/any-*", api_base: "${url}/v1", api_key: upstream-key, timeout: 20 }
    model_info: { id: dep-any }
`,
    ),
  (relay) => {
    describe.each([false, true])('(stream: %s)', (stream) => {
      it.each([
        ['half a surrogate pair', '\\ud800'],
        ['its other half', '\\udc00'],
        ['a character beyond Latin-1', 'ü€'],
        ['an emoji', '\\ud83d\\ude00'],
        ['a line break', '\\r\\nx'],
        ['a per cent sign', '%'],
      ])('may hold %s: the call is relayed and settled', async (_what, name) => {
        const body = `{"model":"any-${name}","stream":${String(stream)},"messages":[{"role":"user","content":"hi"}]}`;
        const before = relay().spend.kinds.length;
        const answer = await post(relay().chatUrl, Buffer.from(body)).answer();
        expect(answer.status).toBe(200);
        await eventually(() => {
          expect(relay().spend.kinds.slice(before)).toEqual(['open', 'settle']);
        });
      });
    });
  },
);
