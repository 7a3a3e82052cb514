import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { freePort } from '#support/free-port';
import { post } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';

describe('a call that makes an upstream keep something', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const deployment = (group: string, url: string, order: number): string => `
  - model_name: ${group}
    litellm_params: { model: openai/m, api_base: "${url}/v1", api_key: k, order: ${String(order)} }
    model_info: { id: ${group}-${String(order)} }`;
    const dead = `http://127.0.0.1:${await freePort()}`;
    relay = await startRelay(`model_list:${[
      deployment('one', upstream.url, 1),
      deployment('one', upstream.url, 2),
      deployment('two', upstream.url, 1),
      deployment('half', dead, 1),
      deployment('half', upstream.url, 2),
    ].join('')}
router_settings: { num_retries: 2, disable_cooldowns: true, fallbacks: [{ one: [two] }] }
`);
  });

  afterAll(async () => {
    await relay.stop();
    await upstream.close();
  });

  /** Its status, and the calls that reached the upstream. */
  const made = async (body: object): Promise<readonly [status: number, calls: number]> => {
    const before = upstream.records.length;
    const sent = { model: 'one', input: 'x', ...body };
    const { status } = await post(`${relay.url}/v1/responses`, sent).answer();
    const calls = upstream.records.length - before;
    upstream.drain();
    return [status, calls];
  };

  it.each([
    ['5xx', { status: 503 }, 503],
    ['a connection that breaks before a response', { cutBeforeHead: true }, 502],
  ])('is not repeated after %s, and has no fallback', async (_what, behaviour, status) => {
    upstream.enqueue(behaviour);
    expect(await made({})).toEqual([status, 1]);
    upstream.enqueue(behaviour);
    expect(await made({ stream: true })).toEqual([status, 1]);
    upstream.enqueue(behaviour);
    expect(await made({ store: false })).toEqual([200, 2]);
  });

  it('is repeated where it was refused', async () => {
    upstream.enqueue({ status: 401 });
    expect(await made({})).toEqual([200, 2]);
    upstream.enqueue({ status: 429 });
    expect(await made({})).toEqual([200, 2]);
  });

  it('has no fallback where it names what one upstream keeps', async () => {
    const first = await post(`${relay.url}/v1/responses`, { model: 'one', input: 'x' }).answer();
    const { id } = JSON.parse(first.text) as { id: string };
    upstream.enqueue({ status: 501 });
    expect(await made({ store: false })).toEqual([200, 2]);
    upstream.enqueue({ status: 501 });
    expect(await made({ store: false, previous_response_id: id })).toEqual([501, 1]);
  });

  it('is repeated where no byte has arrived', async () => {
    expect(await made({ model: 'half' })).toEqual([200, 1]);
  });
});
