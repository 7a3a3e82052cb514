import OpenAI, { toFile } from 'openai';
import type { DecisionRecord } from '#libs/auth';
import { Client } from '#support/client';
import { startFakeFiles, type FakeFiles } from '#support/fake-files';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface SpendRow {
  readonly call_type: string;
  readonly spend: number;
}

describe('files of callers', () => {
  let issuer: TestIssuer;
  let upstream: FakeFiles;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeFiles();
    const api = `api_base: "${upstream.url}/v1"`;
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      models: `
  - model_name: fast
    litellm_params: { model: openai/gpt-4o-mini, ${api}, api_key: model-secret, input_cost_per_token: 0.000002, output_cost_per_token: 0.000008 }
  - model_name: other
    litellm_params: { model: openai/gpt-4o, ${api}, api_key: model-secret, input_cost_per_token: 0.000002, output_cost_per_token: 0.000008 }
files_settings:
  - { custom_llm_provider: openai, ${api}, api_key: files-secret }`,
    });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'red' });
    await admin.post('/team/new', { team_id: 'blue' });
    await admin.post('/team/new', { team_id: 'narrow', models: ['fast'] });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const callerOf = async (user: string, team: string) => {
    const apiKey = await issuer.sign({ sub: user, email: `${user}@acme.example`, team });
    return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });
  };
  const rowsOf = async (user: string) =>
    (await Client.admin(gateway.url).get<SpendRow[]>(`/spend/logs?user_id=${user}`)).json;
  const notes = () => toFile(Buffer.from('notes\u0000\u00ff'), 'notes.txt', { type: 'text/plain' });

  it('are kept, shown, read and deleted with the official client, and cost nothing', async () => {
    const alice = await callerOf('alice', 'red');
    const file = await alice.files.create({ file: await notes(), purpose: 'user_data' });
    expect(file).toMatchObject({ object: 'file', purpose: 'user_data', filename: 'notes.txt' });
    expect(upstream.requests.at(-1)?.authorization).toBe('Bearer files-secret');
    expect(await alice.files.retrieve(file.id)).toMatchObject({ id: file.id });
    const content = await alice.files.content(file.id);
    expect(Buffer.from(await content.arrayBuffer())).toEqual(Buffer.from('notes\u0000\u00ff'));
    expect((await alice.files.list()).data.map(({ id }) => id)).toEqual([file.id]);
    expect(await alice.files.delete(file.id)).toMatchObject({ id: file.id, deleted: true });
    await expect(alice.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
    expect((await alice.files.list()).data).toEqual([]);
    const rows = await rowsOf('alice');
    expect(rows.map(({ call_type: type }) => type).toSorted()).toEqual([
      ...['acreate_file', 'afile_content', 'afile_delete', 'afile_retrieve'],
    ]);
    expect(rows.every(({ spend }) => spend === 0)).toBe(true);
  });

  it('are not there for another tenant: no operation finds them, and no list shows them', async () => {
    const bob = await callerOf('bob', 'red');
    const file = await bob.files.create({ file: await notes(), purpose: 'user_data' });
    for (const [user, team] of [
      ['carol', 'blue'],
      ['dave', 'red'],
      ['bob', 'blue'],
    ] as const) {
      const other = await callerOf(user, team);
      const before = upstream.requests.length;
      const calls = [
        () => other.files.retrieve(file.id),
        () => other.files.content(file.id),
        () => other.files.delete(file.id),
        () => other.vectorStores.create({ file_ids: [file.id] }),
        () => other.fineTuning.jobs.create({ model: 'fast', training_file: file.id }),
        () =>
          other.batches.create({
            input_file_id: file.id,
            endpoint: '/v1/chat/completions',
            completion_window: '24h',
          }),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ status: 404 });
      expect((await other.files.list()).data).toEqual([]);
      expect(upstream.requests.length).toBe(before);
    }
    expect(upstream.objects.has(file.id)).toBe(true);
  });

  it('are listed page by page, the latest first', async () => {
    const erin = await callerOf('erin', 'red');
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1)
      ids.unshift((await erin.files.create({ file: await notes(), purpose: 'user_data' })).id);
    const seen: string[] = [];
    for await (const { id } of erin.files.list({ limit: 2 })) seen.push(id);
    expect(seen).toEqual(ids);
    expect((await erin.files.list({ purpose: 'batch' })).data).toEqual([]);
  });

  it('go to the upstream of a model that the request names, where the caller may use it', async () => {
    const frank = await callerOf('frank', 'narrow');
    const query = { query: { model: 'fast' } };
    await frank.files.create({ file: await notes(), purpose: 'user_data' }, query);
    expect(upstream.requests.at(-1)?.authorization).toBe('Bearer model-secret');
    const refused = frank.files.create(
      { file: await notes(), purpose: 'user_data' },
      { headers: { 'x-litellm-model': 'other' } },
    );
    await expect(refused).rejects.toMatchObject({ status: 403 });
    const unknown = frank.files.create(
      { file: await notes(), purpose: 'user_data' },
      { query: { custom_llm_provider: 'azure' } },
    );
    await expect(unknown).rejects.toMatchObject({ status: 404 });
  });

  it('of requests are explained by the model that every line asks for, and nothing is asked upstream', async () => {
    const alice = await callerOf('alice', 'red');
    const request = {
      ...{ custom_id: 'a', method: 'POST', url: '/v1/chat/completions' },
      body: { model: 'other', max_tokens: 1, messages: [] },
    };
    const lines = await toFile(Buffer.from(JSON.stringify(request)), 'in.jsonl');
    const { id } = await alice.files.create({ file: lines, purpose: 'batch' });
    const plain = await alice.files.create({ file: await notes(), purpose: 'user_data' });
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'broke', max_budget: 0 });
    const explained = async (sub: string, team: string, route: string, body: object) => {
      const token = await issuer.sign({ sub, email: `${sub}@acme.example`, team });
      const question = { token, route, ...body };
      const { json } = await admin.post<DecisionRecord>('/auth/explain', question);
      const told = json.steps.some(({ detail }) => detail.endsWith('asks for the model other'));
      return [json.status, json.reason, told];
    };
    const before = upstream.requests.length;
    const ofFile = { input_file_id: id };
    for (const [sub, team, route, body, ...outcome] of [
      ['alice', 'red', '/v1/batches', ofFile, 200, null, true],
      ['alice', 'red', '/v1/batches', { model: 'other' }, 200, null, true],
      ['alice', 'red', '/v1/batches', { input_file_id: plain.id }, 400, 'request_invalid', false],
      ['frank', 'blue', '/v1/batches', ofFile, 404, 'not_found', false],
      ['ned', 'narrow', '/v1/batches', { model: 'other' }, 403, 'model_not_allowed', false],
      ['ned', 'narrow', '/v1/files', { model: 'other' }, 403, 'model_not_allowed', false],
      ['alice', 'red', '/v1/files', { model: 'unknown' }, 400, 'model_unknown', false],
      ['bert', 'broke', '/v1/batches', { model: 'other' }, 422, 'budget_exceeded', true],
    ] as const)
      expect(await explained(sub, team, route, body)).toEqual(outcome);
    expect(upstream.requests.length).toBe(before);
  });

  it('are made into vector stores and fine-tuning jobs of the caller alone, which have no price', async () => {
    const [grace, heidi] = [await callerOf('grace', 'red'), await callerOf('heidi', 'blue')];
    const { id: file } = await grace.files.create({ file: await notes(), purpose: 'fine-tune' });
    const store = await grace.vectorStores.create({ name: 'notes', file_ids: [file] });
    await grace.vectorStores.search(store.id, { query: 'what' });
    await grace.vectorStores.update(store.id, { name: 'others' });
    await grace.vectorStores.files.create(store.id, { file_id: file });
    await grace.vectorStores.fileBatches.create(store.id, { file_ids: [file] });
    const job = await grace.fineTuning.jobs.create({ model: 'fast', training_file: file });
    expect(await grace.fineTuning.jobs.retrieve(job.id)).toMatchObject({ id: job.id });
    expect((await grace.fineTuning.jobs.listEvents(job.id)).data).toEqual([]);
    expect((await grace.fineTuning.jobs.checkpoints.list(job.id)).data).toEqual([]);
    expect((await grace.vectorStores.list()).data.map(({ id }) => id)).toEqual([store.id]);
    expect((await grace.fineTuning.jobs.list()).data.map(({ id }) => id)).toEqual([job.id]);
    const before = upstream.requests.length;
    for (const call of [
      () => heidi.vectorStores.retrieve(store.id),
      () => heidi.vectorStores.search(store.id, { query: 'what' }),
      () => heidi.vectorStores.update(store.id, { name: 'mine' }),
      () => heidi.vectorStores.delete(store.id),
      () => heidi.vectorStores.files.list(store.id),
      () => heidi.fineTuning.jobs.retrieve(job.id),
      () => heidi.fineTuning.jobs.cancel(job.id),
      () => heidi.fineTuning.jobs.listEvents(job.id),
    ])
      await expect(call()).rejects.toMatchObject({ status: 404 });
    expect(upstream.requests.length).toBe(before);
    const rows = await Client.admin(gateway.url).get<
      readonly { call_type: string; metadata: { is_priced?: boolean } }[]
    >('/spend/logs?user_id=grace');
    expect(rows.json.map((row) => row.call_type)).toContain('avector_store_search');
    const unpriced = new Set(['avector_store_search', 'acreate_fine_tuning_job']);
    for (const row of rows.json)
      expect([row.call_type, row.metadata.is_priced]).toEqual([
        row.call_type,
        !unpriced.has(row.call_type),
      ]);
  });

  it('are put into containers of the caller alone, which have no price', async () => {
    const [paul, quinn] = [await callerOf('paul', 'red'), await callerOf('quinn', 'blue')];
    const { id: file } = await paul.files.create({ file: await notes(), purpose: 'user_data' });
    const { id: container } = await paul.containers.create({ name: 'x', file_ids: [file] });
    expect(await paul.containers.retrieve(container)).toMatchObject({ id: container });
    expect((await paul.containers.list()).data.map(({ id }) => id)).toEqual([container]);
    const added = await paul.containers.files.create(container, { file: await notes() });
    await paul.containers.files.create(container, { file_id: file });
    expect(upstream.requests.at(-1)?.body.toString()).toContain(file);
    const content = await paul.containers.files.content.retrieve(added.id, {
      container_id: container,
    });
    expect(Buffer.from(await content.arrayBuffer())).toEqual(Buffer.from('notes\u0000\u00ff'));
    expect((await paul.containers.files.list(container)).data).toEqual([]);
    const other = await quinn.files.create({ file: await notes(), purpose: 'user_data' });
    const before = upstream.requests.length;
    for (const call of [
      () => quinn.containers.retrieve(container),
      () => quinn.containers.delete(container),
      () => quinn.containers.files.list(container),
      () => quinn.containers.files.content.retrieve(added.id, { container_id: container }),
      async () => quinn.containers.files.create(container, { file: await notes() }),
      () => paul.containers.files.create(container, { file_id: other.id }),
      () => quinn.containers.create({ name: 'y', file_ids: [file] }),
    ])
      await expect(call()).rejects.toMatchObject({ status: 404 });
    expect((await quinn.containers.list()).data).toEqual([]);
    expect(upstream.requests.length).toBe(before);
    await paul.containers.delete(container);
    await expect(paul.containers.retrieve(container)).rejects.toMatchObject({ status: 404 });
    const rows = await Client.admin(gateway.url).get<
      readonly { call_type: string; metadata: { is_priced?: boolean } }[]
    >('/spend/logs?user_id=paul');
    for (const row of rows.json)
      expect([row.call_type, row.metadata.is_priced]).toEqual([
        row.call_type,
        row.call_type !== 'acreate_container',
      ]);
  });

  it.each([
    ['neither a file nor the name of one', {}],
    ['the name of one beside another file', { file_id: 'file-1', other: new File(['x'], 'x') }],
    ['a file under another name', { other: new File(['x'], 'x') }],
  ])('are not put into a container by a form with %s', async (_what, fields) => {
    const { id } = await (await callerOf('rita', 'red')).containers.create({ name: 'x' });
    const form = new FormData();
    for (const [name, value] of Object.entries({ note: 'x', ...fields })) form.set(name, value);
    const token = await issuer.sign({ sub: 'rita', email: 'rita@acme.example', team: 'red' });
    const before = upstream.requests.length;
    const { status } = await fetch(`${gateway.url}/v1/containers/${id}/files`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${token}` } },
      body: form,
    });
    expect([status < 405 && status >= 400, upstream.requests.length]).toEqual([true, before]);
  });

  it.each([
    ['another purpose than OpenAI’s', { purpose: 'BATCH' }, 'purpose'],
    ['an address of its own', { purpose: 'user_data', api_base: 'http://x.example' }, 'api_base'],
    [
      'several upstreams',
      { purpose: 'user_data', target_model_names: 'fast,other' },
      'target_model_names',
    ],
  ])('are refused with %s', async (_what, fields, param) => {
    const token = await issuer.sign({ sub: 'ivan', email: 'ivan@acme.example', team: 'red' });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new File(['x'], 'x.jsonl'));
    const response = await fetch(`${gateway.url}/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
  });
});
