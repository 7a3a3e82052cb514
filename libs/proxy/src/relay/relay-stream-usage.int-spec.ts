import type { FakeBehaviour } from '#support/fake-behaviour';
import { post, type RawAnswer } from '#support/raw-client';
import { describeRelay } from '#support/relay-harness';

const PYDANTIC =
  '{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}';
const OPENAI =
  '{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error","param":null}}';
const PROSE = '{"message":"include_usage is not supported by this model"}';
const ECHO =
  '{"detail":[{"loc":["body","messages"],"input":{"stream_options":{"include_usage":true}}}]}';

function yaml(url: string): string {
  const model = (name: string, further = ''): string => `  - model_name: ${name}
    litellm_params: { model: openai/real, api_base: "${url}/v1", api_key: k,
      input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777${further} }
    model_info: { id: "${name}" }
`;
  return `model_list:
${model('pydantic')}${model('openai')}${model('prose')}${model('echo')}${model('own')}${model('other')}
${model('off', ', always_include_stream_usage: false')}${model('shown', ', always_include_stream_usage: true')}
router_settings: { num_retries: 0 }
`;
}

describeRelay('the usage that the gateway asks a stream for', yaml, (relay, upstream) => {
  const chat = async (
    model: string,
    extra: object = {},
    ...behaviours: FakeBehaviour[]
  ): Promise<RawAnswer & { asked: unknown[] }> => {
    const before = upstream().records.length;
    upstream().enqueue(...behaviours);
    const response = await post(relay().chatUrl, {
      model,
      stream: true,
      messages: [{ role: 'user', content: 'hello' }],
      ...extra,
    }).answer();
    const asked = upstream()
      .records.slice(before)
      .map(({ requestBytes }) => JSON.parse(requestBytes.toString()).stream_options as unknown);
    return Object.assign(response, { asked });
  };
  const ASKS = { include_usage: true };

  it.each([
    ['pydantic', 422, PYDANTIC],
    ['openai', 400, OPENAI],
    ['prose', 400, PROSE],
  ])('is given up where the upstream refuses it (%s), and not asked for again', async (...row) => {
    const [model, status, body] = row;
    const first = await chat(model, {}, { status, body });
    expect(first).toMatchObject({ status: 200, asked: [ASKS, undefined] });
    expect(first.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(relay().spend.intents.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(relay().spend.outcomes).toMatchObject([
      { usageSource: 'none', costPico: 0n, upstreamStatus: status },
      { usageSource: 'estimate', succeeded: true },
    ]);
    expect((await chat(model)).asked).toEqual([undefined]);
    expect((await chat(model, { stream_options: ASKS })).asked).toEqual([ASKS]);
  });

  it('is asked for again where the refusal had another cause', async () => {
    const refusal = { status: 422, body: ECHO };
    const first = await chat('echo', {}, refusal, refusal);
    expect(first).toMatchObject({ status: 422, text: ECHO, asked: [ASKS, undefined] });
    expect((await chat('echo')).asked).toEqual([ASKS]);
  });

  it.each([
    ['the client sent stream_options', { stream_options: ASKS }, 400],
    [
      'the client sent other stream_options',
      { stream_options: { include_obfuscation: false } },
      422,
    ],
    ['the call is not a stream', { stream: false }, 400],
    ['the status is another one', {}, 404],
  ])('is not retried where %s', async (_what, extra, status) => {
    const response = await chat('own', extra, { status, body: OPENAI });
    expect(response).toMatchObject({ status, text: OPENAI });
    expect(response.asked).toHaveLength(1);
  });

  it('is not retried where the refusal does not name it', async () => {
    const body = '{"error":{"message":"temperature is too high"}}';
    const response = await chat('other', {}, { status: 400, body });
    expect(response).toMatchObject({ status: 400, text: body });
    expect(response.asked).toEqual([ASKS]);
  });

  it('is left alone by always_include_stream_usage: false', async () => {
    const response = await chat('off');
    expect(response).toMatchObject({ status: 200, asked: [undefined] });
    expect(relay().spend.outcomes).toMatchObject([{ usageSource: 'estimate' }]);
    expect((await chat('off', { stream_options: ASKS })).asked).toEqual([ASKS]);
  });

  it('is shown to every client by always_include_stream_usage: true', async () => {
    expect((await chat('shown')).text).toContain('"choices":[],');
    expect((await chat('other')).text).not.toContain('"choices":[],');
    const declined = await chat('shown', { stream_options: { include_usage: false } });
    expect(declined.text).not.toContain('"choices":[],');
    expect(relay().spend.outcomes).toMatchObject(Array(3).fill({ usageSource: 'provider' }));
  });
});
