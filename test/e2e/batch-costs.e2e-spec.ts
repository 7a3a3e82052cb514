import OpenAI, { toFile } from 'openai';
import { SettingsStore, type Settings } from '#libs/config';
import { Database } from '#libs/database';
import { BatchSettlementsService } from '#libs/proxy';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeFiles, type FakeFiles } from '#support/fake-files';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface SpendRow {
  readonly call_type: string;
  readonly model: string;
  readonly model_group: string;
  readonly spend: number;
}

const ENDPOINT = '/v1/chat/completions';
/** Half of the price of 100 tokens of input and 10 of output. */
const LINE_USD = 0.000_14;
const PRICES = 'input_cost_per_token: 0.000002, output_cost_per_token: 0.000008';
const DEARER = 'input_cost_per_token: 0.0002, output_cost_per_token: 0.0008';

describe('the cost of batches', () => {
  let issuer: TestIssuer;
  let upstream: FakeFiles;
  let models: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeFiles();
    models = await startFakeUpstream();
    const api = `api_base: "${upstream.url}/v1", api_key: k`;
    gateway = await startGateway({
      ...{ issuer, upstreamUrl: upstream.url },
      gatehouse: '  spend: { unpriced_models: deny }\n',
      models: `
  - model_name: fast
    litellm_params: { model: openai/gpt-4o-mini, ${api}, ${PRICES} }
  - model_name: dear
    litellm_params: { model: openai/gpt-4o, ${api}, ${DEARER} }
  - model_name: plain
    litellm_params: { model: openai/plain, api_base: "${models.url}/v1", api_key: k, ${PRICES} }
  - model_name: mystery
    litellm_params: { model: openai/mystery, ${api} }
files_settings:
  - { custom_llm_provider: openai, ${api} }`,
    });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'red' });
    await admin.post('/team/new', { team_id: 'thrifty', max_budget: 0.01 });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await models.close();
    await issuer.stop();
  });

  const callerOf = async (user: string, team: string) => {
    const apiKey = await issuer.sign({ sub: user, email: `${user}@acme.example`, team });
    return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });
  };
  /** Uploads a file with a number of requests, and starts it. */
  const started = async (openai: OpenAI, lines: number, model = 'fast') => {
    const text = Array.from({ length: lines }, (_, index) =>
      JSON.stringify({
        ...{ custom_id: `line-${String(index)}`, method: 'POST', url: ENDPOINT },
        body: { model, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
      }),
    ).join('\n');
    const file = await openai.files.create({
      file: await toFile(Buffer.from(text), 'in.jsonl'),
      purpose: 'batch',
    });
    return openai.batches.create({
      ...{ input_file_id: file.id, endpoint: ENDPOINT, completion_window: '24h' },
    });
  };
  const poll = async (): Promise<void> => {
    const { app } = gateway.gateway;
    const due =
      "UPDATE upstream_objects SET poll_at = now() - interval '1 hour' WHERE poll_at IS NOT NULL";
    await app.get(Database).write(({ manager }) => manager.query(due));
    await app.get(BatchSettlementsService).run();
  };
  const rowsOf = async (user: string) => {
    const logs = `/spend/logs?user_id=${user}`;
    const { json } = await Client.admin(gateway.url).get<SpendRow[]>(logs);
    return json.filter(({ call_type: type }) => type === 'aretrieve_batch');
  };

  it('is held for none that the upstream does not make', async () => {
    const ivan = await callerOf('ivan', 'thrifty');
    upstream.failing = { path: '/batches', status: 500 };
    for (let turn = 0; turn < 6; turn += 1)
      await expect(started(ivan, 6)).rejects.toMatchObject({ status: 500 });
    upstream.failing = null;
    expect(await rowsOf('ivan')).toEqual([]);
    await started(ivan, 6);
    // What is held for it and these together is above the budget.
    await expect(started(ivan, 24)).rejects.toMatchObject({ status: 422 });
  });

  it('must be known before it is made, where models without a price are denied', async () => {
    const judy = await callerOf('judy', 'red');
    const before = upstream.requests.length;
    await expect(started(judy, 1, 'mystery')).rejects.toMatchObject({
      ...{ status: 403, error: { reason: 'price_unknown' } },
    });
    // The file is kept and read again, and no batch is made of it.
    expect(upstream.requests.slice(before).map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(upstream.requests.at(-1)?.path).toMatch(/\/content$/);
  });

  it('is that of the model of its lines, also where a result names another one', async () => {
    const karl = await callerOf('karl', 'red');
    const { id } = await started(karl, 2);
    upstream.end(id, 'completed');
    const output = String(upstream.objects.get(id)?.['output_file_id']);
    const results = String(upstream.contents.get(output)).replaceAll('gpt-4o-mini', 'gpt-4o');
    expect(results).toContain('"model":"gpt-4o"');
    upstream.contents.set(output, Buffer.from(results));
    await poll();
    expect(await rowsOf('karl')).toMatchObject([
      { model: 'gpt-4o-mini', model_group: 'fast', spend: 2 * LINE_USD },
    ]);
  });

  describe('of prices that change with a reload', () => {
    let store: SettingsStore;
    let before: Settings;

    beforeAll(() => {
      store = gateway.gateway.app.get(SettingsStore);
      before = store.current;
    });
    afterEach(() => {
      store.swap(before);
    });

    /** Gives every deployment the prices of the dear one. */
    const raise = (): void => {
      const dear = before.deployments.find(({ upstreamModel }) => upstreamModel === 'gpt-4o');
      const prices = dear?.prices ?? null;
      store.swap({ ...before, deployments: before.deployments.map((one) => ({ ...one, prices })) });
    };

    it('has those of its end', async () => {
      const lena = await callerOf('lena', 'red');
      const { id } = await started(lena, 1);
      raise();
      upstream.end(id, 'completed');
      await poll();
      expect((await rowsOf('lena'))[0]?.spend).toBeCloseTo(100 * LINE_USD, 9);
    });

    it('has those of its start where it is that of a call', async () => {
      const mona = await callerOf('mona', 'red');
      const before = models.records.length;
      const behaviour = models.behaviour({
        firstDelayMs: 200,
        promptTokens: 100,
        completionTokens: 10,
      });
      const call = mona.chat.completions
        .create({
          ...{ model: 'plain', messages: [{ role: 'user', content: 'hi' }] },
          ...behaviour,
        })
        .withResponse();
      await eventually(() => {
        expect(models.records).toHaveLength(before + 1);
      });
      raise();
      const { response } = await call;
      expect(Number(response.headers.get('x-litellm-response-cost'))).toBeCloseTo(2 * LINE_USD, 9);
    });
  });
});
