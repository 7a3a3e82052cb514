import OpenAI from 'openai';
import { Database } from '#libs/database';
import { EndedObjectsService } from '#libs/objects';
import { ResponseSettlementsService } from '#libs/proxy';
import { Client } from '#support/client';
import { startFakeBackground, type FakeBackground } from '#support/fake-background';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';

interface SpendRow {
  readonly call_type: string;
  readonly spend: number;
  readonly status: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** 1,000 tokens of input and 100 of output. */
const COST_USD = 0.002_8;
const EXACT = { spend: COST_USD, prompt_tokens: 1_000, completion_tokens: 100 };

describeWithPostgres('responses in the background', (server) => {
  let issuer: TestIssuer;
  let upstream: FakeBackground;
  let databaseUrl: string;
  let gateway: TestGateway;
  let second: TestGateway;

  const start = (): Promise<TestGateway> =>
    startGateway({
      ...{ issuer, upstreamUrl: upstream.url, databaseUrl },
      models: `
  - model_name: fast
    litellm_params: { model: openai/gpt-5-mini, api_base: "${upstream.url}/v1", api_key: k, input_cost_per_token: 0.000002, output_cost_per_token: 0.000008,
      input_cost_per_token_flex: 0.000001, output_cost_per_token_flex: 0.000004,
      search_context_cost_per_query: { search_context_size_low: 0.01, search_context_size_medium: 0.02 } }`,
    });

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeBackground();
    databaseUrl = await server().createDatabase();
    gateway = await start();
    second = await start();
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'red', max_parallel_requests: 1 });
    await admin.post('/team/new', { team_id: 'blue' });
    await admin.post('/team/new', { team_id: 'poor', max_budget: 0.02 });
  });

  afterAll(async () => {
    await gateway.stop();
    await second.stop();
    await upstream.close();
    await issuer.stop();
  });

  const callerOf = async (user: string, team = 'red', at = gateway) => {
    const apiKey = await issuer.sign({ sub: user, email: `${user}@acme.example`, team });
    return new OpenAI({ baseURL: `${at.url}/v1`, apiKey, maxRetries: 0 });
  };
  const begin = (openai: OpenAI, tokens = 1_000) =>
    openai.responses.create({
      ...{ model: 'fast', input: 'hello', background: true, max_output_tokens: tokens },
    });
  const rowsOf = async (user: string) => {
    const admin = Client.admin(gateway.url);
    const { json } = await admin.get<SpendRow[]>(`/spend/logs?user_id=${user}`);
    return json.filter(({ call_type: type }) => type === 'aresponses');
  };
  /** Makes every response due, and lets a gateway ask about them. */
  const poll = async ({ gateway: { app } }: TestGateway): Promise<void> => {
    const due =
      "UPDATE upstream_objects SET poll_at = now() - interval '1 hour' WHERE poll_at IS NOT NULL";
    await app.get(Database).write(({ manager }) => manager.query(due));
    await app.get(ResponseSettlementsService).run();
  };

  it.each([
    ['completed', 'success'],
    ['incomplete', 'success'],
    ['failed', 'failure'],
  ])('are booked exactly and once when two replicas find them %s', async (status, shown) => {
    const user = `bob-${status}`;
    const bob = await callerOf(user);
    const { id, status: begun } = await begin(bob);
    expect(begun).toBe('queued');
    await poll(gateway);
    expect(await rowsOf(user)).toEqual([]);
    upstream.end(id, status);
    await Promise.all([poll(gateway), poll(second)]);
    await poll(second);
    expect(await rowsOf(user)).toMatchObject([{ ...EXACT, status: shown }]);
    expect((await bob.responses.retrieve(id)).status).toBe(status);
    expect(await rowsOf(user)).toHaveLength(1);
  });

  it('cost nothing when they have failed without a usage', async () => {
    const { id } = await begin(await callerOf('karl'));
    upstream.end(id, 'failed', { usage: null });
    await poll(gateway);
    const free = { spend: 0, prompt_tokens: 0, completion_tokens: 0, status: 'failure' };
    expect(await rowsOf('karl')).toMatchObject([free]);
  });

  it.each([
    ['low', 0.01],
    ['medium', 0.02],
  ] as const)('are charged for each search that they hold: %s', async (size, priceUsd) => {
    const user = `lena-${size}`;
    const lena = await callerOf(user);
    const tools = [{ type: 'web_search' as const, search_context_size: size }];
    const asked = { model: 'fast', input: 'hello', background: true, tools };
    const { id } = await lena.responses.create(asked);
    const search = { type: 'web_search_call', status: 'completed', action: { type: 'search' } };
    upstream.end(id, 'completed', { output: [1, 2, 3].map(() => search) });
    await poll(gateway);
    expect((await rowsOf(user))[0]?.spend).toBeCloseTo(COST_USD + 3 * priceUsd, 9);
  });

  it.each([
    ['was asked for', 'flex', undefined, COST_USD / 2],
    ['the upstream names', 'flex', 'default', COST_USD],
    ['the upstream names unasked', undefined, 'flex', COST_USD / 2],
  ] as const)('have the price of the class that %s', async (_what, asked, named, spend) => {
    const user = `mona-${String(asked)}-${String(named)}`;
    const mona = await callerOf(user);
    const tier = asked === undefined ? {} : { service_tier: asked };
    const body = { model: 'fast', input: 'hello', background: true, ...tier };
    const { id } = await mona.responses.create(body);
    upstream.end(id, 'completed', named === undefined ? {} : { service_tier: named });
    await poll(gateway);
    expect((await rowsOf(user))[0]?.spend).toBeCloseTo(spend, 9);
  });

  it.each(['plain', 'streamed'])(
    'are booked before the client that asks first, %s, learns of their end',
    async (form) => {
      const user = `carol-${form}`;
      const { id } = await begin(await callerOf(user));
      upstream.end(id, 'completed');
      const elsewhere = await callerOf(user, 'red', second);
      if (form === 'plain') await elsewhere.responses.retrieve(id);
      else {
        const events = await elsewhere.responses.retrieve(id, { stream: true, starting_after: 1 });
        for await (const event of events) expect(event.type).toBe('response.completed');
      }
      expect(await rowsOf(user)).toMatchObject([EXACT]);
      await poll(gateway);
      expect(await rowsOf(user)).toHaveLength(1);
    },
  );

  it('are booked when they are cancelled, with an estimate where the upstream has no usage', async () => {
    const dave = await callerOf('dave');
    const { id } = await begin(dave);
    expect((await dave.responses.cancel(id)).status).toBe('cancelled');
    const [row] = await rowsOf('dave');
    expect(row).toMatchObject({ status: 'failure', prompt_tokens: 2, completion_tokens: 0 });
  });

  it('are booked before they are deleted, and with what was held where they had not ended', async () => {
    const erin = await callerOf('erin');
    const ended = await begin(erin);
    upstream.end(ended.id, 'completed');
    await erin.responses.delete(ended.id);
    expect(await rowsOf('erin')).toMatchObject([EXACT]);
    const running = await begin(await callerOf('eve'));
    await (await callerOf('eve')).responses.delete(running.id);
    await poll(gateway);
    const [row] = await rowsOf('eve');
    expect(row?.spend).toBeGreaterThan(1_000 * 0.000_008);
  });

  it('are not there for another tenant', async () => {
    const { id } = await begin(await callerOf('frank'));
    const other = await callerOf('frank', 'blue');
    for (const call of [() => other.responses.retrieve(id), () => other.responses.cancel(id)])
      await expect(call()).rejects.toMatchObject({ status: 404 });
    upstream.end(id, 'completed');
    await poll(gateway);
  });

  it('are forgotten when their upstream has removed them, and not before they are booked', async () => {
    const hugo = await callerOf('hugo');
    const { id } = await begin(hugo);
    const { app } = gateway.gateway;
    await app
      .get(Database)
      .write(({ manager }) =>
        manager.query('UPDATE upstream_objects SET ends_at = now() WHERE upstream_id = $1', [id]),
      );
    await app.get(EndedObjectsService).prune();
    expect((await hugo.responses.retrieve(id)).status).toBe('queued');
    upstream.end(id, 'completed');
    await poll(gateway);
    expect(await rowsOf('hugo')).toMatchObject([EXACT]);
    await app.get(EndedObjectsService).prune();
    await expect(hugo.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  it('are held against the budget until they have ended, wherever that is found', async () => {
    const paula = await callerOf('paula', 'poor');
    const { id } = await begin(paula, 2_000);
    await expect(begin(paula, 2_000)).rejects.toMatchObject({ status: 422 });
    upstream.end(id, 'completed');
    await poll(second);
    await poll(gateway);
    const { id: next } = await begin(paula, 2_000);
    upstream.end(next, 'completed');
    await poll(gateway);
    expect(await rowsOf('paula')).toMatchObject([EXACT, EXACT]);
  });

  it('are booked exactly after the gateway that has begun them was restarted', async () => {
    const { id } = await begin(await callerOf('greta', 'red', second));
    await second.stop();
    second = await start();
    upstream.end(id, 'completed');
    await poll(second);
    expect(await rowsOf('greta')).toMatchObject([EXACT]);
  });

  it.each(['leaves', 'is cut off'])(
    'go on behind a stream that %s, and are booked exactly',
    async (how) => {
      const user = `ivan-${how.slice(0, 2)}`;
      const ivan = await callerOf(user);
      const asked = { model: 'fast', input: 'hello', background: true, stream: true } as const;
      const events = await ivan.responses.create(asked);
      const seen = await events[Symbol.asyncIterator]().next();
      const { response } = seen.value as { response: { id: string } };
      if (how === 'leaves') events.controller.abort();
      upstream.cut();
      upstream.end(response.id, 'completed');
      const resumed = await ivan.responses.retrieve(response.id, { stream: true });
      for await (const event of resumed) expect(event.type).toBe('response.completed');
      await poll(gateway);
      expect(await rowsOf(user)).toMatchObject([EXACT]);
    },
  );

  it('are booked by their stream where it shows the end', async () => {
    const judy = await callerOf('judy');
    const asked = { model: 'fast', input: 'hello', background: true, stream: true } as const;
    for await (const event of await judy.responses.create(asked))
      if (event.type === 'response.created') upstream.end(event.response.id, 'completed');
    expect(await rowsOf('judy')).toMatchObject([EXACT]);
    const before = upstream.requests.length;
    await poll(gateway);
    expect(upstream.requests.slice(before)).toEqual([]);
  });
});
