import { ERROR_CODES, GatehouseError } from '#libs/common';
import { eventually } from '#support/eventually';
import type { FakeBehaviour } from '#support/fake-behaviour';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { freePort } from '#support/free-port';
import { post, type RawAnswer, type RawCall } from '#support/raw-client';
import { startRelay, type RelayHarness } from '#support/relay-harness';
import { ScriptedCostAdmission } from '#support/scripted-cost-admission';

const PRICES = 'input_cost_per_token: 0.00000123, output_cost_per_token: 0.00000777';

const deployment = (group: string, id: string, url: string, rest: string): string => `
  - model_name: ${group}
    litellm_params: { model: openai/${id}, api_base: "${url}/v1", api_key: k, ${rest} }
    model_info: { id: ${id} }`;

function yaml(url: string, nowhere: string): string {
  return `model_list:${deployment('test', 'only', url, PRICES)}
${deployment('pair', 'cheap', url, `${PRICES}, weight: 1`)}
${deployment('pair', 'dear', url, 'input_cost_per_token: 0.001, output_cost_per_token: 0.002, weight: 0')}
${deployment('search', 'gpt-4o-search-preview', url, `${PRICES}, search_context_cost_per_query: { search_context_size_low: 0.025, search_context_size_medium: 0.0275 }`)}
${deployment('dead', 'gone', nowhere, PRICES)}
${deployment('dead', 'gone-too', nowhere, PRICES)}
router_settings: { num_retries: 1 }
gatehouse: { spend: { client_abort: cancel } }
`;
}

describe('the cost of a relayed call', () => {
  let upstream: FakeUpstream;
  let relay: RelayHarness;
  let costs: ScriptedCostAdmission;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
  });

  afterAll(async () => {
    await upstream.close();
  });

  beforeEach(async () => {
    costs = new ScriptedCostAdmission();
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    relay = await startRelay(yaml(upstream.url, nowhere), { costs });
  });

  afterEach(async () => {
    await relay.stop();
  });

  const start = (behaviour: FakeBehaviour = {}, extra: object = {}): RawCall =>
    post(relay.chatUrl, {
      model: 'test',
      messages: [{ role: 'user', content: 'hello' }],
      max_tokens: 100,
      ...upstream.behaviour(behaviour),
      ...extra,
    });
  const call = (behaviour?: FakeBehaviour, extra?: object): Promise<RawAnswer> =>
    start(behaviour, extra).answer();
  const reasonOf = ({ text }: RawAnswer): unknown =>
    (JSON.parse(text) as { error: { reason: string } }).error.reason;
  const settled = (): Promise<void> =>
    eventually(() => expect(relay.unsettledCalls.count()).toBe(0));
  const bookedPico = (): bigint =>
    relay.spend.outcomes.reduce((sum, { costPico }) => sum + costPico, 0n);

  describe('that is refused', () => {
    it.each(['budget_exceeded', 'rate_limited'] as const)(
      'as %s causes no write and reaches no upstream',
      async (code) => {
        const before = upstream.records.length;
        costs.refusal = new GatehouseError(code);
        const answer = await call();
        expect([answer.status, reasonOf(answer)]).toEqual([ERROR_CODES[code].status, code]);
        expect(relay.states.at(-1)?.log['reason']).toBe(code);
        expect(relay.commits).toEqual([]);
        expect(relay.spend.events).toEqual([]);
        expect(upstream.records).toHaveLength(before);
        expect(costs.released).toEqual([]);
      },
    );

    it('has the headers and the facts of the refusal', async () => {
      costs.refusal = new GatehouseError('rate_limited', {
        headers: { 'x-ratelimit-limit-requests': '5' },
        details: { rate_limit: { scope: 'team', limit: 5 } },
        retryAfterSeconds: 2.5,
      });
      const { headers, text } = await call();
      expect(headers).toMatchObject({ 'x-ratelimit-limit-requests': '5', 'retry-after': '3' });
      expect(JSON.parse(text)).toMatchObject({
        error: { rate_limit: { scope: 'team', limit: 5 } },
      });
    });

    it('is not asked about where the call is refused for another reason', async () => {
      expect((await call({}, { model: 'unknown' })).status).toBe(400);
      relay.models = [];
      expect((await call()).status).toBe(403);
      expect(costs.requests).toEqual([]);
    });
  });

  describe('that is admitted', () => {
    it.each([false, true])(
      'has the caller’s rate limits in its response in place of those of the upstream, stream: %s',
      async (stream) => {
        const headers = { 'x-ratelimit-limit-tokens': '1', 'x-ratelimit-limit-requests': '2' };
        const limitsOf = async (behaviour: FakeBehaviour): Promise<unknown> => {
          const answer = await call({ ...behaviour, headers }, { stream });
          const names = Object.keys(answer.headers).filter((name) =>
            name.startsWith('x-ratelimit-'),
          );
          return Object.fromEntries(names.map((name) => [name, answer.headers[name]]));
        };
        expect(await limitsOf({})).toEqual(headers);
        costs.headers = { 'x-ratelimit-limit-requests': '60' };
        expect(await limitsOf({})).toEqual(costs.headers);
        expect(await limitsOf({ status: 429 })).toEqual(headers);
      },
    );

    it('can be told the tokens of its input', async () => {
      await call({}, { messages: [{ role: 'user', content: 'x'.repeat(400) }] });
      expect(costs.requests[0]?.estimateInputTokens()).toBeGreaterThanOrEqual(100);
    });

    it('is asked about once, with the caller, the model and the bound of every deployment', async () => {
      upstream.enqueue({ status: 503 });
      expect((await call({}, { model: 'pair', n: 2 })).status).toBe(200);
      expect(costs.requests).toHaveLength(1);
      const [request] = costs.requests;
      expect(request).toMatchObject({
        requestId: relay.states.at(-1)?.requestId,
        attribution: { userId: 'user', teamId: 'team' },
        modelGroup: 'pair',
        outputTokensBound: 200,
      });
      const [first, second] = upstream.records.slice(-2).map((one) => one.requestBytes.length);
      const bounds = [...(request?.bounds ?? [])].map(([{ id }, bound]) => [id, bound]);
      expect(bounds).toEqual([
        ['cheap', BigInt(first ?? 0) * 1_230_000n + 200n * 7_770_000n],
        ['dear', BigInt(second ?? 0) * 1_000_000_000n + 200n * 2_000_000_000n],
      ]);
      expect(relay.spend.intents.map((one) => one.reservedPico)).toEqual(
        bounds.map(([, bound]) => bound),
      );
    });

    it('gives an attempt no more than what is held', async () => {
      costs.grantedPico = 5n;
      await call();
      expect(relay.spend.intents).toMatchObject([{ reservedPico: 5n, expectedPico: 5n }]);
    });

    it.each([
      [false, {}, 'searchMedium', 27_500_000_000n],
      [true, { web_search_options: { search_context_size: 'low' } }, 'searchLow', 25_000_000_000n],
    ])(
      'has the one search of a model that searches, which its usage does not count, stream: %s',
      async (stream, extra, unit, searchPico) => {
        await call({}, { model: 'search', stream, ...extra });
        await settled();
        const [{ usage, costPico } = { usage: null, costPico: 0n }] = relay.spend.outcomes;
        expect(usage?.details).toEqual({ [unit]: 1 });
        const tokens = [usage?.inputTokens ?? 0, usage?.outputTokens ?? 0].map(BigInt);
        expect(costPico).toBe(
          (tokens[0] ?? 0n) * 1_230_000n + (tokens[1] ?? 0n) * 7_770_000n + searchPico,
        );
      },
    );

    it('is bounded by the body that asks for the usage of a stream', async () => {
      await call({}, { stream: true });
      const bytes = upstream.records.at(-1)?.requestBytes.length ?? 0;
      expect(relay.spend.intents).toMatchObject([
        { reservedPico: BigInt(bytes) * 1_230_000n + 100n * 7_770_000n },
      ]);
    });

    it('is reserved before the planned writes, and causes none for a client that has left by then', async () => {
      const gate = Promise.withResolvers<undefined>();
      costs.beforeAdmit = () => gate.promise.then(() => undefined);
      const running = start();
      await eventually(() => expect(costs.requests).toHaveLength(1));
      expect(relay.commits).toEqual([]);
      running.request.destroy();
      await eventually(async () => expect(await relay.connections()).toBe(0));
      gate.resolve(undefined);
      await settled();
      expect(relay.commits).toEqual([]);
      expect(relay.spend.events).toEqual([]);
      expect(costs.released).toEqual([0n]);
    });
  });

  describe('is released exactly once, with what was booked,', () => {
    afterEach(async () => {
      await settled();
      expect(costs.released).toEqual([bookedPico()]);
    });

    it('after a buffered response', async () => {
      expect((await call()).status).toBe(200);
      expect(bookedPico()).toBeGreaterThan(0n);
    });

    it('after a stream, and not before it has ended', async () => {
      const running = start({ chunks: 5, delayMs: 20 }, { stream: true });
      await running.head;
      expect(costs.released).toEqual([]);
      expect((await running.answer()).text).toContain('[DONE]');
    });

    it('after a stream that broke off', async () => {
      const answer = await call({ cutAfterBytes: 400, chunks: 9 }, { stream: true });
      expect(answer.text).toContain('"error"');
    });

    it('after an error of the upstream', async () => {
      expect((await call({ status: 400 })).status).toBe(400);
    });

    it('after attempts at several deployments, of which two were billed', async () => {
      const usage = { prompt_tokens: 9, completion_tokens: 0 };
      upstream.enqueue({ status: 500, body: JSON.stringify({ error: {}, usage }) });
      expect((await call({}, { model: 'pair' })).status).toBe(200);
      expect(relay.spend.outcomes.map(({ costPico }) => costPico > 0n)).toEqual([true, true]);
      expect(relay.states.at(-1)?.booked?.costPico).toBe(bookedPico());
    });

    it('after attempts that reached no upstream', async () => {
      expect((await call({}, { model: 'dead' })).status).toBe(502);
      expect(relay.spend.kinds).toEqual(['open', 'release', 'open', 'release']);
    });

    it('after the client has left', async () => {
      const running = start({ hang: 'after-first-chunk' }, { stream: true });
      const head = await running.head;
      await new Promise((resolve) => head.once('data', resolve));
      running.request.destroy();
    });

    it('after the access was taken back', async () => {
      const before = upstream.records.length;
      const running = start({ hang: 'before-head' });
      await eventually(() => expect(upstream.records).toHaveLength(before + 1));
      relay.withdrawal.withdraw(new GatehouseError('token_revoked'));
      expect((await running.answer()).status).toBe(401);
    });

    it('after a shutdown has ended the call', async () => {
      const before = upstream.records.length;
      const running = start({ hang: 'before-head' });
      await eventually(() => expect(upstream.records).toHaveLength(before + 1));
      relay.unsettledCalls.endAll();
      expect((await running.answer()).status).toBe(503);
    });

    it('when the planned writes fail', async () => {
      relay.beforeCommit = () => Promise.reject(new GatehouseError('database_unavailable'));
      expect((await call()).status).toBe(503);
      expect(relay.spend.events).toEqual([]);
    });

    it('when the journal takes no intent', async () => {
      relay.spend.beforeOpen = () =>
        Promise.reject(new GatehouseError('spend_journal_unavailable'));
      expect((await call()).status).toBe(503);
      expect(relay.spend.events).toEqual([]);
    });
  });

  it('is booked against the reservation also when its settlement cannot be written', async () => {
    relay.spend.beforeSettle = () => Promise.reject(new Error('disk full'));
    expect((await call()).status).toBe(500);
    expect(costs.released).toEqual([expect.any(BigInt)]);
    expect(costs.released[0]).toBeGreaterThan(0n);
  });
});
