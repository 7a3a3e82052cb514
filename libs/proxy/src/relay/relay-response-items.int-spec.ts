import { typedEvents } from '#support/fake-operations';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { post } from '#support/raw-client';
import { relayConfiguration, startRelay, type RelayHarness } from '#support/relay-harness';

const SEARCH = { type: 'web_search_call', id: 'ws_1', status: 'completed' };
const THOUGHT = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
const ANSWER = { type: 'message', id: 'msg_1', content: [{ type: 'output_text', text: 'x' }] };
const RESPONSE = {
  ...{ id: 'resp_1', object: 'response', status: 'completed', error: null },
  output: [THOUGHT, SEARCH, { ...SEARCH, id: 'ws_2' }, ANSWER],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
};
const added = { type: 'response.output_item.added', item: SEARCH };
const done = { type: 'response.output_item.done', item: SEARCH };
const second = { type: 'response.output_item.done', item: { ...SEARCH, id: 'ws_2' } };
const thought = { type: 'response.output_item.done', item: THOUGHT };
const said = { type: 'response.output_text.delta', delta: 'x' };
const completed = { type: 'response.completed', response: RESPONSE };

describe('items of responses that the upstream does not keep', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;
  let binds: number;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const further = `  - model_name: elsewhere
    litellm_params: { model: openai/other, api_base: "${upstream.url}/v1", api_key: of-another-account }
`;
    relay = await startRelay(relayConfiguration(upstream.url, further));
    relay.objects.beforeBind = () => Promise.resolve(void (binds += 1));
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  beforeEach(() => {
    relay.objects.bound.length = 0;
    binds = 0;
  });

  const call = (body: object) =>
    post(`${relay.url}/v1/responses`, {
      model: 'test',
      input: 'x',
      store: false,
      ...body,
    }).answer();
  const events = (body: string) => ({ body, headers: { 'content-type': 'text/event-stream' } });
  const bound = () => relay.objects.bound.map(({ kind, upstreamId }) => `${kind} ${upstreamId}`);

  it.each([false, true])('are bound by one write (streamed: %p)', async (stream) => {
    upstream.enqueue(
      stream
        ? events(typedEvents(added, done, second, said, completed))
        : { body: JSON.stringify(RESPONSE) },
    );
    await call({ stream });
    expect(bound()).toEqual(['unkept_item ws_1', 'unkept_item ws_2']);
    expect(binds).toBe(1);
  });

  it('are bound where the stream breaks off before its end', async () => {
    const seen = typedEvents(added, done, said);
    upstream.enqueue({ ...events(seen + typedEvents(completed)), cutAfterBytes: seen.length + 20 });
    expect((await call({ stream: true })).bytes.toString()).toContain('broke off');
    expect(bound()).toEqual(['unkept_item ws_1']);
  });

  it('are sent back to any deployment, also of another account', async () => {
    upstream.enqueue({ body: JSON.stringify(RESPONSE) });
    await call({});
    const answer = await call({ model: 'elsewhere', input: RESPONSE.output });
    expect([answer.status, upstream.records.at(-1)?.model]).toEqual([200, 'other']);
  });

  it('are 404 where no response has handed them out, and nothing is sent', async () => {
    const before = upstream.records.length;
    const answer = await call({ input: [{ type: 'image_generation_call', id: 'ig_foreign' }] });
    expect([answer.status, upstream.records.length]).toEqual([404, before]);
  });

  it('cost no write where each has its content', async () => {
    const output = [THOUGHT, ANSWER, { type: 'function_call', id: 'fc_1', arguments: '{}' }];
    upstream.enqueue({ body: JSON.stringify({ ...RESPONSE, output }) });
    await call({});
    const last = { type: 'response.completed', response: { ...RESPONSE, output } };
    upstream.enqueue(events(typedEvents(thought, last)));
    await call({ stream: true });
    expect(binds).toBe(0);
  });
});
