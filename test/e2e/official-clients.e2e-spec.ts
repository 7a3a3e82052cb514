import Anthropic from '@anthropic-ai/sdk';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { Client } from '#support/client';
import { typedEvents } from '#support/fake-operations';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { OpenIdProvider, RESOURCE } from '#support/openid-provider';
import { CALL, CALL_CHUNKS, CALL_ITEM, chatOf, responseOf, textItem } from '#support/tool-answers';

const MODEL = 'test-model';
const ANSWER = z.object({ city: z.string(), degrees: z.number() });
const PARSED = { city: 'Oslo', degrees: 4 };
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const WEATHER = {
  name: 'weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const TOOL = { type: 'function' as const, function: WEATHER };
const QUESTION = [{ role: 'user' as const, content: 'How warm is it in Oslo?' }];
const PARSED_CHAT = chatOf({ content: JSON.stringify(PARSED), refusal: null });

describe('official clients with tokens of an OpenID provider', () => {
  let provider: OpenIdProvider;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let openai: OpenAI;
  let anthropic: Anthropic;
  let token: string;

  beforeAll(async () => {
    provider = await OpenIdProvider.start({ email: 'alice@acme.example', team: 'research' });
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: ['openai', 'anthropic']
        .map(
          (kind) => `
  - model_name: ${MODEL}
    litellm_params: { model: ${kind}/${MODEL}, api_base: "${upstream.url}/v1", api_key: upstream-secret,
      input_cost_per_token: 0.000001, output_cost_per_token: 0.000002 }`,
        )
        .join(''),
      jwtauth: `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    issuers: [{ issuer: "${provider.issuer}", audience: "${RESOURCE}" }]`,
      env: { JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' },
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    token = (await provider.authorizationCode()).access_token;
    const apiKey = () => Promise.resolve(token);
    openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });
    anthropic = new Anthropic({ baseURL: gateway.url, apiKey, maxRetries: 0 });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await provider.stop();
    await issuer.stop();
  });

  /** The body that the upstream received last. */
  const received = (): Record<string, unknown> =>
    JSON.parse(upstream.records.at(-1)?.requestBytes.toString() ?? '{}') as Record<string, unknown>;

  describe('openai', () => {
    it('calls a tool, plain and streamed', async () => {
      const request = { model: MODEL, messages: QUESTION, tools: [TOOL] };
      upstream.enqueue({ body: chatOf({ tool_calls: [CALL] }) }, { body: CALL_CHUNKS });
      const plain = await openai.chat.completions.create(request);
      expect(plain.choices[0]?.message.tool_calls).toEqual([CALL]);
      expect(received()).toEqual(request);
      const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
      expect(streamed.choices[0]?.message.tool_calls).toMatchObject([CALL]);
      expect(streamed.choices[0]?.finish_reason).toBe('tool_calls');
    });

    it('gets a structured answer of a chat and of a response', async () => {
      upstream.enqueue({ body: PARSED_CHAT });
      const format = zodResponseFormat(ANSWER, 'answer');
      const chat = await openai.chat.completions.parse({
        ...{ model: MODEL, messages: QUESTION, response_format: format },
      });
      expect(chat.choices[0]?.message.parsed).toEqual(PARSED);
      expect(received()).toMatchObject({ response_format: { type: 'json_schema' } });
      upstream.enqueue({ body: JSON.stringify(responseOf(textItem(JSON.stringify(PARSED)))) });
      const response = await openai.responses.parse({
        ...{ model: MODEL, input: 'How warm?', text: { format: zodTextFormat(ANSWER, 'answer') } },
      });
      expect(response.output_parsed).toEqual(PARSED);
    });

    it('calls a tool in a streamed response', async () => {
      const at = { output_index: 0 };
      const events: readonly ({ readonly type: string } & Record<string, unknown>)[] = [
        {
          type: 'response.created',
          response: { ...responseOf(CALL_ITEM), output: [], status: 'in_progress' },
        },
        { type: 'response.output_item.added', ...at, item: { ...CALL_ITEM, arguments: '' } },
        {
          type: 'response.function_call_arguments.delta',
          ...at,
          item_id: 'fc_1',
          delta: CALL_ITEM.arguments,
        },
        { type: 'response.output_item.done', ...at, item: CALL_ITEM },
        { type: 'response.completed', response: responseOf(CALL_ITEM) },
      ];
      upstream.enqueue({ body: typedEvents(...events) });
      const stream = openai.responses.stream({
        ...{
          model: MODEL,
          input: 'How warm?',
          tools: [{ type: 'function', strict: false, ...WEATHER }],
        },
      });
      expect((await stream.finalResponse()).output).toMatchObject([CALL_ITEM]);
    });

    it('sends a picture with a chat and with a response, byte for byte', async () => {
      const url = `data:image/png;base64,${PIXEL}`;
      const messages = [
        {
          role: 'user' as const,
          content: [
            { type: 'text' as const, text: 'What is this?' },
            { type: 'image_url' as const, image_url: { url } },
          ],
        },
      ];
      const chat = await openai.chat.completions.create({ model: MODEL, messages });
      expect([chat.usage?.completion_tokens, received()]).toEqual([3, { model: MODEL, messages }]);
      const picture = { type: 'input_image' as const, image_url: url, detail: 'auto' as const };
      const input = [{ role: 'user' as const, content: [picture] }];
      const response = await openai.responses.create({ model: MODEL, input });
      expect([response.output_text, received()]).toEqual(['w0 w1 w2', { model: MODEL, input }]);
    });
  });

  describe('@anthropic-ai/sdk', () => {
    const request = { model: MODEL, max_tokens: 64, messages: QUESTION };

    it('gets a message, plain and streamed, with a token that a function returns', async () => {
      const message = await anthropic.messages.create(request);
      expect(message.content).toMatchObject([{ type: 'text', text: 'w0 w1 w2' }]);
      const streamed = await anthropic.messages.stream(request).finalMessage();
      expect(streamed.content).toMatchObject(message.content.map(({ type }) => ({ type })));
      expect(streamed.usage.output_tokens).toBe(message.usage.output_tokens);
    });

    it('gets a structured answer, and sends a picture', async () => {
      const content = [{ type: 'text', text: JSON.stringify(PARSED) }];
      const usage = { input_tokens: 40, output_tokens: 9 };
      const head = { id: 'msg_1', type: 'message', role: 'assistant', model: MODEL };
      upstream.enqueue({
        body: JSON.stringify({
          ...head,
          content,
          stop_reason: 'end_turn',
          stop_sequence: null,
          usage,
        }),
      });
      const source = { type: 'base64' as const, media_type: 'image/png' as const, data: PIXEL };
      const messages = [{ role: 'user' as const, content: [{ type: 'image' as const, source }] }];
      const parsed = await anthropic.messages.parse({
        ...{ ...request, messages, output_config: { format: zodOutputFormat(ANSWER) } },
      });
      expect(parsed.parsed_output).toEqual(PARSED);
      expect(received()).toMatchObject({
        messages,
        output_config: { format: { type: 'json_schema' } },
      });
    });
  });

  describe('LangChain', () => {
    const chat = (further: object = {}): ChatOpenAI =>
      new ChatOpenAI({
        ...{ model: MODEL, apiKey: () => Promise.resolve(token), maxRetries: 0 },
        configuration: { baseURL: `${gateway.url}/v1` },
        ...further,
      });

    it('gets a chat, plain and streamed, with its usage, and a response', async () => {
      const plain = await chat().invoke('hello');
      expect([plain.text.startsWith('hello'), outputOf(plain)]).toEqual([true, 3]);
      const texts: string[] = [];
      let tokens = 0;
      for await (const chunk of await chat().stream('hello')) {
        texts.push(chunk.text);
        tokens += outputOf(chunk);
      }
      expect([texts.join(''), tokens]).toEqual([plain.text, 3]);
      const response = await chat({ useResponsesApi: true }).invoke('hello');
      expect(response.text).toBe('w0 w1 w2');
      expect(upstream.records.at(-1)?.path).toBe('/v1/responses');
    });

    it('calls a tool, gets a structured answer and sends a picture', async () => {
      upstream.enqueue({ body: chatOf({ tool_calls: [CALL] }) });
      const called = await chat().bindTools([TOOL]).invoke('How warm is it?');
      expect(called.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Oslo' } }]);
      upstream.enqueue({ body: PARSED_CHAT });
      const structured = chat().withStructuredOutput(ANSWER, { method: 'jsonSchema' });
      expect(await structured.invoke('How warm is it?')).toEqual(PARSED);
      const url = `data:image/png;base64,${PIXEL}`;
      await chat().invoke([
        new HumanMessage({ content: [{ type: 'image_url', image_url: { url } }] }),
      ]);
      expect(JSON.stringify(received())).toContain(PIXEL);
    });

    it('embeds texts', async () => {
      const data = [0, 1].map((index) => ({ object: 'embedding', index, embedding: [index, 0.5] }));
      const usage = { prompt_tokens: 4, total_tokens: 4 };
      upstream.enqueue({ body: JSON.stringify({ object: 'list', model: MODEL, data, usage }) });
      const embeddings = new OpenAIEmbeddings({
        ...{ model: MODEL, apiKey: () => Promise.resolve(token), encodingFormat: 'float' },
        configuration: { baseURL: `${gateway.url}/v1` },
      });
      expect(await embeddings.embedDocuments(['a', 'b'])).toEqual([
        [0, 0.5],
        [1, 0.5],
      ]);
    });
  });

  it('are each booked once, by the count of the upstream, and none shows it the token', async () => {
    const rows = await Client.admin(gateway.url).get<
      { spend: number; metadata: { usage_source: string } }[]
    >('/spend/logs?team_id=research&summarize=false&page_size=100');
    expect(rows.json).toHaveLength(upstream.records.length);
    expect(
      rows.json.filter(
        ({ spend, metadata }) => spend === 0 || metadata.usage_source !== 'provider',
      ),
    ).toEqual([]);
    expect(upstream.records.map(({ rawHeaders }) => rawHeaders.join()).join()).not.toContain(token);
  });
});

/** The tokens of output that LangChain has read; its own type of them depends on the tools. */
function outputOf(message: { readonly usage_metadata?: unknown }): number {
  return (message.usage_metadata as { output_tokens: number } | undefined)?.output_tokens ?? 0;
}
