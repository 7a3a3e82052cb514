import { COHERE_KEY, startFakeCohere, type FakeCohere } from '#support/fake-cohere';
import { post, type RawAnswer } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const USAGE = {
  billed_units: { input_tokens: 5, output_tokens: 7 },
  tokens: { input_tokens: 71, output_tokens: 9 },
};
const ANSWER = {
  generation_id: 'c-1',
  message: { role: 'assistant', content: [{ type: 'text', text: 'Good day.' }] },
  finish_reason: 'COMPLETE',
  usage: USAGE,
};
const delta = (message: object): object => ({ message });
const EVENTS = [
  { type: 'message-start', id: 'c-2' },
  { type: 'content-start', index: 0, delta: delta({ content: { type: 'text', text: '' } }) },
  { type: 'content-delta', index: 0, delta: delta({ content: { text: 'Good ' } }) },
  { type: 'content-delta', index: 0, delta: delta({ content: { text: 'day.' } }) },
  { type: 'content-end', index: 0 },
  { type: 'message-end', delta: { finish_reason: 'COMPLETE', usage: USAGE } },
];
const COST = 5n * 1_230_000n + 7n * 7_770_000n;

describe('chats of a provider that a package translates', () => {
  let cohere: FakeCohere;
  let relay: RelayHarness;

  beforeAll(async () => {
    cohere = await startFakeCohere();
    const prices = 'input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777';
    const entry = (name: string, further: string): string => `  - model_name: ${name}
    litellm_params: { model: cohere/command-a-03-2025, api_base: "${cohere.chatUrl}", ${prices}, ${further} }
`;
    relay = await startRelay(`model_list:
${entry('command', `api_key: ${COHERE_KEY}`)}${entry('lenient', `api_key: ${COHERE_KEY}, drop_params: true`)}
${entry('wrong', 'api_key: another')}
router_settings: { num_retries: 0 }
`);
  });

  afterAll(async () => {
    await relay.stop();
    await cohere.close();
  });

  beforeEach(() => {
    relay.spend.events.length = 0;
    cohere.requests.length = 0;
  });

  const chat = (values: object, model = 'command'): Promise<RawAnswer> =>
    post(relay.chatUrl, { model, messages: MESSAGES, ...values }).answer();
  const eventsOf = ({ text }: RawAnswer): readonly string[] =>
    text
      .split('\n\n')
      .filter((event) => event !== '')
      .map((event) => event.replace(/^data: /, ''));

  it('are sent in the form of the provider, and come back in OpenAI’s', async () => {
    cohere.enqueue({ body: ANSWER });
    const answer = await chat({ max_tokens: 20, temperature: 0.5, stop: 'x', top_p: 0.9 });
    expect(answer.status).toBe(200);
    expect(cohere.requests.map(({ body }) => body)).toEqual([
      {
        model: 'command-a-03-2025',
        messages: MESSAGES,
        ...{ max_tokens: 20, temperature: 0.5, p: 0.9, stop_sequences: ['x'] },
      },
    ]);
    expect(JSON.parse(answer.text)).toMatchObject({
      object: 'chat.completion',
      model: 'command-a-03-2025',
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Good day.' } },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    });
    expect(relay.spend.outcomes).toMatchObject([
      { costPico: COST, usageSource: 'provider', succeeded: true, upstreamStatus: 200 },
    ]);
  });

  it('are streamed with OpenAI’s events, whose usage is taken off where the client did not ask for it', async () => {
    for (const asks of [false, true]) {
      cohere.enqueue({ events: EVENTS });
      const stream = { stream: true, ...(asks && { stream_options: { include_usage: true } }) };
      const answer = await chat(stream);
      expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
      const events = eventsOf(answer);
      expect(events.at(-1)).toBe('[DONE]');
      const chunks = events.slice(0, -1).map((event) => JSON.parse(event));
      const texts = chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '');
      expect(texts.join('')).toBe('Good day.');
      expect(chunks.some(({ usage }) => (usage ?? null) !== null)).toBe(asks);
    }
    expect(relay.spend.outcomes).toMatchObject(
      Array(2).fill({ costPico: COST, usageSource: 'provider', succeeded: true }),
    );
  });

  it('that break off end with an error event, and are booked by an estimate', async () => {
    for (const isCut of [true, false]) {
      cohere.enqueue({ events: EVENTS.slice(0, 4), isCut });
      const answer = await chat({ stream: true });
      const last = JSON.parse(eventsOf(answer).at(-1) ?? '{}');
      expect([isCut, last.error?.reason]).toEqual([isCut, 'upstream_invalid']);
    }
    expect(relay.spend.outcomes).toMatchObject(
      Array(2).fill({ usageSource: 'estimate', succeeded: false }),
    );
  });

  it('that the provider refuses have its status and its message in OpenAI’s envelope, and cost nothing', async () => {
    for (const [status, type] of [
      [400, 'invalid_request_error'],
      [422, 'invalid_request_error'],
      [429, 'rate_limit_error'],
      [500, 'server_error'],
    ] as const) {
      cohere.enqueue({ status, body: { message: 'not now' } });
      const answer = await chat({});
      expect([answer.status, JSON.parse(answer.text).error]).toEqual([
        status,
        expect.objectContaining({ message: 'not now', type }),
      ]);
    }
    for (const outcome of relay.spend.outcomes)
      expect(outcome).toMatchObject({ costPico: 0n, succeeded: false });
  });

  it('are 502 where the provider refuses the credential of the gateway', async () => {
    const answer = await chat({}, 'wrong');
    expect([answer.status, JSON.parse(answer.text).error.reason]).toEqual([
      502,
      'upstream_credential_rejected',
    ]);
  });

  it('are 400 with a parameter that the provider does not have, unless it is to be dropped', async () => {
    const refused = await chat({ n: 2 });
    expect([refused.status, JSON.parse(refused.text).error.param]).toEqual([400, 'n']);
    expect(cohere.requests).toEqual([]);
    for (const [values, model] of [
      [{ logprobs: true }, 'lenient'],
      [{ logprobs: true, drop_params: true }, 'command'],
    ] as const) {
      cohere.enqueue({ body: ANSWER });
      expect((await chat(values, model)).status).toBe(200);
    }
    expect(relay.states.at(-1)?.log['dropped']).toBe('logprobs');
  });

  it('have tools, whose calls and results go there and back', async () => {
    const tools = [
      {
        type: 'function',
        function: { name: 'weather', parameters: { type: 'object', properties: {} } },
      },
    ];
    const called = {
      id: 'call_1',
      type: 'function',
      function: { name: 'weather', arguments: '{}' },
    };
    cohere.enqueue({
      body: {
        ...ANSWER,
        message: { role: 'assistant', tool_calls: [called] },
        finish_reason: 'TOOL_CALL',
      },
    });
    const first = JSON.parse((await chat({ tools, tool_choice: 'required' })).text).choices[0];
    expect(first).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [called] } });
    cohere.enqueue({ body: ANSWER });
    const result = { role: 'tool', tool_call_id: 'call_1', content: 'sunny' };
    await chat({ tools, messages: [...MESSAGES, first.message, result] });
    expect(cohere.requests[0]?.body.tool_choice).toBe('REQUIRED');
    expect(cohere.requests[1]?.body.messages.slice(1)).toMatchObject([
      { role: 'assistant', tool_calls: [called] },
      result,
    ]);
  });
});
