import OpenAI, { toFile } from 'openai';
import { Database } from '#libs/database';
import { BatchSettlementsService } from '#libs/proxy';
import { Client } from '#support/client';
import { startFakeFiles, type FakeFiles } from '#support/fake-files';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';

interface SpendRow {
  readonly call_type: string;
  readonly model_group: string;
  readonly spend: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

type Endpoint = '/v1/chat/completions';
const ENDPOINT: Endpoint = '/v1/chat/completions';
/** Half of the standard price of 100 tokens of input and 10 of output. */
const LINE_USD = 0.000_14;

describeWithPostgres('batches of callers', (server) => {
  let issuer: TestIssuer;
  let upstream: FakeFiles;
  let databaseUrl: string;
  let gateway: TestGateway;
  let second: TestGateway;

  const start = (): Promise<TestGateway> => {
    const api = `api_base: "${upstream.url}/v1", api_key: k`;
    return startGateway({
      ...{ issuer, upstreamUrl: upstream.url, databaseUrl },
      models: `
  - model_name: fast
    litellm_params: { model: openai/gpt-4o-mini, ${api}, input_cost_per_token: 0.000002, output_cost_per_token: 0.000008 }
  - model_name: other
    litellm_params: { model: openai/gpt-4o, ${api}, input_cost_per_token: 0.000002, output_cost_per_token: 0.000008 }
files_settings:
  - { custom_llm_provider: openai, ${api} }`,
    });
  };

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeFiles();
    databaseUrl = await server().createDatabase();
    gateway = await start();
    second = await start();
    const admin = Client.admin(gateway.url);
    for (const id of ['red', 'blue']) await admin.post('/team/new', { team_id: id });
    await admin.post('/team/new', { team_id: 'narrow', models: ['other'] });
    await admin.post('/team/new', { team_id: 'poor', max_budget: 0.01 });
  });

  afterAll(async () => {
    await gateway.stop();
    await second.stop();
    await upstream.close();
    await issuer.stop();
  });

  const callerOf = async (user: string, team: string, at = gateway) => {
    const apiKey = await issuer.sign({ sub: user, email: `${user}@acme.example`, team });
    return new OpenAI({ baseURL: `${at.url}/v1`, apiKey, maxRetries: 0 });
  };
  const rowsOf = async (user: string) =>
    (await Client.admin(gateway.url).get<SpendRow[]>(`/spend/logs?user_id=${user}`)).json.filter(
      ({ call_type: type, spend, prompt_tokens: tokens }) =>
        type === 'aretrieve_batch' && (spend > 0 || tokens > 0),
    );
  const line = (id: number, further: object = {}, url: string = ENDPOINT): string =>
    JSON.stringify({
      ...{ custom_id: `line-${String(id)}`, method: 'POST', url },
      body: {
        ...{ model: 'fast', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
        ...further,
      },
    });
  const fileOf = (...lines: readonly string[]) => toFile(Buffer.from(lines.join('\n')), 'in.jsonl');
  const started = async (openai: OpenAI, ...lines: readonly string[]) => {
    const file = await openai.files.create({ file: await fileOf(...lines), purpose: 'batch' });
    const window = { endpoint: ENDPOINT, completion_window: '24h' } as const;
    return openai.batches.create({ input_file_id: file.id, ...window });
  };
  /** Makes every batch due, and lets a gateway ask about them. */
  const poll = async ({ gateway: { app } }: TestGateway): Promise<void> => {
    await app
      .get(Database)
      .write(({ manager }) =>
        manager.query(
          "UPDATE upstream_objects SET poll_at = now() - interval '1 hour' WHERE poll_at IS NOT NULL",
        ),
      );
    await app.get(BatchSettlementsService).run();
  };
  const spentOf = async (team: string): Promise<number> =>
    (
      await Client.admin(gateway.url).get<{ team_info: { spend: number } }>(
        `/team/info?team_id=${team}`,
      )
    ).json.team_info.spend;

  it('are sent with the name that the upstream has for the model, and without members of LiteLLM', async () => {
    const alice = await callerOf('alice', 'red');
    const text = line(1, { metadata: { tags: ['x'] } });
    const file = await alice.files.create({ file: await fileOf(text, ''), purpose: 'batch' });
    const [sent = ''] = String(upstream.contents.get(file.id)).split('\n');
    expect(JSON.parse(sent)).toEqual({
      ...{ custom_id: 'line-1', method: 'POST', url: ENDPOINT },
      body: {
        ...{ model: 'gpt-4o-mini', max_tokens: 100 },
        messages: [{ role: 'user', content: 'hi' }],
      },
    });
  });

  it.each([
    ['another model in a line', [line(1), line(2, { model: 'other' })], /Line 2 .*"model"/],
    ['a path that is not known', [line(1, {}, '/v1/secrets')], /Line 1 .*"url"/],
    ['a destination of its own', [line(1, { api_base: 'http://x.example' })], /api_base/],
    ['a line that is not JSON', [line(1), 'nonsense'], /Line 2/],
    ['nothing', [''], /no request/],
  ])('are refused with %s, before anything is sent', async (_what, lines, message) => {
    const alice = await callerOf('alice', 'red');
    const before = upstream.requests.length;
    const refused = alice.files.create({ file: await fileOf(...lines), purpose: 'batch' });
    await expect(refused).rejects.toMatchObject({ status: 400, message });
    expect(upstream.requests.length).toBe(before);
  });

  describe('that name what an upstream keeps', () => {
    const RESPONSES = '/v1/responses';
    const uploaded = async (openai: OpenAI, ...bodies: readonly object[]) => {
      const lines = bodies.map((body, id) => line(id, { messages: undefined, ...body }, RESPONSES));
      return openai.files.create({
        file: await fileOf(line(0, {}, RESPONSES), ...lines),
        purpose: 'batch',
      });
    };
    const kept = async (openai: OpenAI) => {
      const content = await toFile(Buffer.from('x'), 'a.txt');
      const { id: file } = await openai.files.create({ file: content, purpose: 'user_data' });
      const { id: store } = await openai.vectorStores.create({ file_ids: [file] });
      return { file, store };
    };
    const search = (store: string) => ({
      tools: [{ type: 'file_search', vector_store_ids: [store] }],
    });

    it.each<[string, (id: { file: string; store: string }) => object]>([
      ['a vector store of a tool', ({ store }) => search(store)],
      ['a file of the input', ({ file }) => ({ input: [{ content: [{ file_id: file }] }] })],
      ['an earlier response', () => ({ previous_response_id: 'resp_1' })],
      ['an item', () => ({ input: [{ type: 'item_reference', id: 'msg_1' }] })],
    ])('are 404 at their upload where %s is that of another caller', async (_what, body) => {
      const ids = await kept(await callerOf('olivia', 'red'));
      const frank = await callerOf('frank', 'blue');
      const before = upstream.requests.length;
      await expect(uploaded(frank, { input: 'x' }, body(ids))).rejects.toMatchObject({
        status: 404,
        message: expect.stringContaining('it was made by another caller') as string,
        param: expect.stringMatching(/^line 3: body\./) as string,
      });
      expect(upstream.requests.length).toBe(before);
    });

    it('are served to the caller of all of it, and 404 at their start once something is deleted', async () => {
      const olivia = await callerOf('olivia', 'red');
      const { store } = await kept(olivia);
      const file = await uploaded(olivia, { input: 'x', ...search(store) });
      const start = () =>
        olivia.batches.create({
          ...{ input_file_id: file.id, endpoint: RESPONSES, completion_window: '24h' },
        });
      expect((await start()).status).toBe('validating');
      await olivia.vectorStores.delete(store);
      await expect(start()).rejects.toMatchObject({ status: 404 });
      expect(upstream.requests.at(-1)?.path).toMatch(/\/content$/);
    });
  });

  it('are refused to a caller who may not use their model', async () => {
    const narrow = await callerOf('ned', 'narrow');
    const refused = narrow.files.create({ file: await fileOf(line(1)), purpose: 'batch' });
    await expect(refused).rejects.toMatchObject({ status: 403 });
  });

  it('are booked exactly and once when a poll finds them completed, with the official client', async () => {
    const bob = await callerOf('bob', 'red');
    const batch = await started(bob, line(1), line(2), line(3));
    expect(batch).toMatchObject({ object: 'batch', endpoint: ENDPOINT });
    await poll(gateway);
    expect(await rowsOf('bob')).toEqual([]);
    upstream.end(batch.id, 'completed', 2);
    await Promise.all([poll(gateway), poll(second)]);
    await poll(second);
    expect(await rowsOf('bob')).toMatchObject([
      {
        ...{ model_group: 'fast', spend: 2 * LINE_USD },
        ...{ prompt_tokens: 200, completion_tokens: 20 },
      },
    ]);
    const shown = await bob.batches.retrieve(batch.id);
    expect(shown.status).toBe('completed');
    for (const id of [shown.output_file_id, shown.error_file_id])
      expect((await bob.files.content(String(id))).status).toBe(200);
    expect((await bob.batches.list()).data.map(({ id }) => id)).toEqual([batch.id]);
    expect(await rowsOf('bob')).toHaveLength(1);
  });

  it('are booked before the client that asks first learns of their end', async () => {
    const carol = await callerOf('carol', 'red');
    const batch = await started(carol, line(1));
    upstream.end(batch.id, 'completed');
    const elsewhere = await callerOf('carol', 'red', second);
    expect((await elsewhere.batches.retrieve(batch.id)).status).toBe('completed');
    expect(await rowsOf('carol')).toMatchObject([{ spend: LINE_USD }]);
    await poll(gateway);
    expect(await rowsOf('carol')).toHaveLength(1);
  });

  it.each(['cancelled', 'expired', 'failed'])(
    'are booked for the requests that were served when they end as %s',
    async (status) => {
      const dave = await callerOf(`dave-${status}`, 'red');
      const batch = await started(dave, line(1), line(2));
      if (status === 'cancelled')
        expect((await dave.batches.cancel(batch.id)).status).toBe('cancelling');
      upstream.end(batch.id, status, 1);
      await poll(gateway);
      expect(await rowsOf(`dave-${status}`)).toMatchObject([{ spend: LINE_USD }]);
    },
  );

  it('are not there for another tenant, and neither are their results', async () => {
    const erin = await callerOf('erin', 'red');
    const batch = await started(erin, line(1));
    upstream.end(batch.id, 'completed');
    await poll(gateway);
    const output = String(upstream.objects.get(batch.id)?.['output_file_id']);
    const other = await callerOf('frank', 'blue');
    for (const call of [
      () => other.batches.retrieve(batch.id),
      () => other.batches.cancel(batch.id),
      () => other.files.content(output),
    ])
      await expect(call()).rejects.toMatchObject({ status: 404 });
    expect((await other.batches.list()).data).toEqual([]);
    const owned = await erin.files.content(output);
    expect(await owned.text()).toContain('line-1');
  });

  it('are held against the budget until they have ended: what does not fit is refused', async () => {
    const poor = await callerOf('paula', 'poor');
    const lines = Array.from({ length: 6 }, (_, index) => line(index));
    const first = await started(poor, ...lines);
    await expect(started(poor, ...lines.concat(lines, lines))).rejects.toMatchObject({
      status: 422,
    });
    const chat = { model: 'fast', max_tokens: 1_000, messages: [] };
    await expect(poor.chat.completions.create(chat)).rejects.toMatchObject({ status: 422 });
    upstream.end(first.id, 'completed', 1);
    await poll(second);
    await poll(gateway);
    expect(await spentOf('poor')).toBeCloseTo(LINE_USD, 9);
    await started(poor, ...lines);
  });

  it('are booked exactly after the gateway that started them was restarted', async () => {
    const greta = await callerOf('greta', 'red', second);
    const batch = await started(greta, line(1), line(2));
    await second.stop();
    second = await start();
    upstream.end(batch.id, 'completed', 1);
    await poll(second);
    expect(await rowsOf('greta')).toMatchObject([{ spend: LINE_USD, prompt_tokens: 100 }]);
  });

  it('are tried again when their results cannot be read', async () => {
    const heidi = await callerOf('heidi', 'red');
    const batch = await started(heidi, line(1));
    upstream.end(batch.id, 'completed');
    upstream.failing = { path: '/content', status: 500 };
    await poll(gateway);
    upstream.failing = null;
    expect(await rowsOf('heidi')).toEqual([]);
    await poll(gateway);
    expect(await rowsOf('heidi')).toMatchObject([{ spend: LINE_USD }]);
  });

  it('hold nothing and book nothing when the upstream does not make them', async () => {
    const ivan = await callerOf('ivan', 'poor');
    upstream.failing = { path: '/batches', status: 500 };
    await expect(started(ivan, line(1))).rejects.toMatchObject({ status: 500 });
    upstream.failing = null;
    expect(await rowsOf('ivan')).toEqual([]);
  });
});
