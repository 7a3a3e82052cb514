import type { DecisionRecord } from '#libs/auth';
import { Database } from '#libs/database';
import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';

interface Stored {
  readonly id: string;
  readonly output: readonly { readonly id: string }[];
}

/** The words for every id that is not the caller's. */
const UNKNOWN = 'There is no response of that id here, or it was made by another caller.';

describeWithPostgres('responses that an upstream has stored', (server) => {
  let issuer: TestIssuer;
  let one: FakeUpstream;
  let two: FakeUpstream;
  let gateways: readonly TestGateway[];
  let databaseUrl: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    [one, two] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
    databaseUrl = await server().createDatabase();
    gateways = await Promise.all([start(), start()]);
    const admin = Client.admin(gateway(0).url);
    await admin.post('/team/new', { team_id: 'red' });
    await admin.post('/team/new', { team_id: 'blue' });
  });

  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([one.close(), two.close(), issuer.stop()]);
  });

  const start = () =>
    startGateway({
      issuer,
      upstreamUrl: one.url,
      databaseUrl,
      gatehouse: '\n  ids: { kept_days: 7 }',
      models: [one, two]
        .map(
          ({ url }, index) => `
  - model_name: model-${String(index + 1)}
    litellm_params: { model: openai/m, api_base: "${url}/v1", api_key: k, input_cost_per_token: 0.001, output_cost_per_token: 0.001 }
    model_info: { id: dep-${String(index + 1)} }`,
        )
        .join(''),
    });
  const gateway = (index: number): TestGateway => {
    const found = gateways[index];
    if (found === undefined) throw new Error('no such gateway');
    return found;
  };
  const client = async (sub: string, team: string, index = 0) =>
    new Client(gateway(index).url, await issuer.sign({ sub, email: `${sub}@acme.example`, team }));
  const make = (from: Client, further: object = {}, model = 'model-1') =>
    from.post<Stored>('/v1/responses', { model, input: 'hello', ...further });
  const refused = ({ status, text }: Pick<Answer, 'status' | 'text'>) => {
    const { error } = JSON.parse(text) as { error: { message: string; reason: string } };
    return [status, error.reason, error.message];
  };

  it('are read, listed, cancelled and deleted by their caller, in every spelling and at every replica', async () => {
    const alice = await client('alice', 'red');
    const there = await client('alice', 'red', 1);
    const { id } = (await make(alice)).json;
    for (const prefix of ['/v1', '', '/openai/v1']) {
      expect((await there.get<Stored>(`${prefix}/responses/${id}`)).json.id).toBe(id);
      const items = await there.get<{ object: string }>(`${prefix}/responses/${id}/input_items`);
      expect(items.json.object).toBe('list');
      const cancelled = await there.post<Stored>(`${prefix}/responses/${id}/cancel`, {});
      expect(cancelled.json.id).toBe(id);
    }
    const replay = await there.get(`/v1/responses/${id}?stream=true&starting_after=3&api_key=x`);
    expect(replay.text).toContain('event: response.completed');
    expect(one.records.at(-1)?.path).toBe(`/v1/responses/${id}?stream=true&starting_after=3`);
    expect((await there.send('DELETE', `/v1/responses/${id}`)).status).toBe(200);
    expect(refused(await alice.get(`/v1/responses/${id}`))).toEqual([404, 'not_found', UNKNOWN]);
    expect((await make(alice, { previous_response_id: id })).status).toBe(404);
  });

  it('are 404 in the same words for everybody else, and nothing is sent', async () => {
    const alice = await client('alice', 'red');
    const { id, output } = (await make(alice)).json;
    const others = await Promise.all([
      client('bob', 'red'),
      client('bob', 'blue', 1),
      client('alice', 'blue', 1),
    ]);
    const before = [one.records.length, two.records.length];
    for (const other of others) {
      for (const path of [`/v1/responses/${id}`, '/responses/resp_unknown'])
        expect(refused(await other.get(path))).toEqual([404, 'not_found', UNKNOWN]);
      expect((await other.get(`/responses/${id}/input_items`)).status).toBe(404);
      expect((await other.post(`/responses/${id}/cancel`, {})).status).toBe(404);
      expect((await other.send('DELETE', `/v1/responses/${id}`)).status).toBe(404);
      expect((await make(other, { previous_response_id: id })).status).toBe(404);
      const reference = { type: 'item_reference', id: output[0]?.id };
      expect((await make(other, { input: [reference] })).status).toBe(404);
    }
    expect([one.records.length, two.records.length]).toEqual(before);
    expect((await Client.admin(gateway(1).url).get(`/v1/responses/${id}`)).status).toBe(200);
  });

  it('are continued by their caller at the deployment that has made them', async () => {
    const alice = await client('alice', 'red');
    const { id, output } = (await make(alice, {}, 'model-2')).json;
    const there = await client('alice', 'red', 1);
    expect((await make(there, { previous_response_id: id }, 'model-2')).status).toBe(200);
    const reference = { type: 'item_reference', id: output[0]?.id };
    expect((await make(there, { input: [reference] }, 'model-2')).status).toBe(200);
    const elsewhere = await make(there, { previous_response_id: id }, 'model-1');
    expect(refused(elsewhere).slice(0, 2)).toEqual([400, 'request_invalid']);
  });

  it.each([true, false])('lend their items to their caller alone (kept: %p)', async (store) => {
    const alice = await client('alice', 'red');
    const of = (name: string) => `${name}_${String(store)}`;
    const output = [
      { type: 'web_search_call', id: of('ws'), status: 'completed', action: { type: 'search' } },
      { type: 'image_generation_call', id: of('ig'), result: 'AAAA' },
      { type: 'code_interpreter_call', id: of('ci'), container_id: of('cntr'), outputs: null },
      { type: 'reasoning', id: of('rs'), summary: [] },
    ];
    const body = JSON.stringify({
      id: of('resp'),
      object: 'response',
      status: 'completed',
      output,
    });
    one.enqueue({ body });
    expect((await make(alice, { store })).status).toBe(200);
    const there = await client('alice', 'red', 1);
    const bob = await client('bob', 'red', 1);
    const before = one.records.length;
    for (const { type, id } of output) {
      expect((await make(bob, { input: [{ type, id }] })).status).toBe(404);
      expect((await make(there, { input: [{ type, id: `${id}_unknown` }] })).status).toBe(404);
    }
    const tools = [{ type: 'code_interpreter', container: of('cntr') }];
    expect((await make(bob, { tools })).status).toBe(404);
    expect(one.records).toHaveLength(before);
    for (const { type, id } of output)
      expect((await make(there, { input: [{ type, id }] })).status).toBe(200);
    expect((await make(there, { input: output, tools, store })).status).toBe(200);
    expect((await make(bob, { input: [output[1]] })).status).toBe(200);
    // What no upstream keeps goes to any; a container is where it was made.
    const elsewhere = await make(there, { input: output.toSpliced(2, 1) }, 'model-2');
    expect(elsewhere.status).toBe(store ? 400 : 200);
    expect((await make(there, { tools }, 'model-2')).status).toBe(400);
    const { app } = gateway(0).gateway;
    const kept = `SELECT DISTINCT round(extract(epoch FROM ends_at - now()) / 86400)::int AS days
      FROM upstream_objects WHERE upstream_id LIKE '%${String(store)}'`;
    const rows: unknown = await app.get(Database).read((manager) => manager.query(kept));
    expect(rows).toEqual([{ days: 7 }]);
  });

  it('lend the sound of a chat to its caller alone, and no voice or skill of the account', async () => {
    const [alice, bob] = await Promise.all([client('alice', 'red'), client('bob', 'red', 1)]);
    const audio = { id: 'audio_1', data: 'AAAA', transcript: 'x', expires_at: 4_000_000_000 };
    const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', audio } }];
    one.enqueue({ body: JSON.stringify({ object: 'chat.completion', choices }) });
    const chat = (from: Client, further: object) =>
      from.post('/v1/chat/completions', { model: 'model-1', messages: [], ...further });
    const spoken = { audio: { voice: 'alloy', format: 'wav' } };
    expect((await chat(alice, spoken)).status).toBe(200);
    const messages = [{ role: 'assistant', audio: { id: 'audio_1' } }];
    expect((await chat(bob, { messages })).status).toBe(404);
    expect((await chat(alice, { messages })).status).toBe(200);
    const voice = { id: 'voice_1' };
    expect((await chat(alice, { audio: { voice } })).status).toBe(404);
    const speech = { model: 'model-1', input: 'x', voice };
    expect((await alice.post('/v1/audio/speech', speech)).status).toBe(404);
    const skilled = (id: string) => {
      const skills = [{ type: 'skill_reference', skill_id: id }];
      return { tools: [{ type: 'shell', environment: { type: 'container_auto', skills } }] };
    };
    expect((await make(alice, skilled('skill_1'))).status).toBe(404);
    expect((await make(alice, skilled('openai-spreadsheets'))).status).toBe(200);
  });

  it('keep to their deployment where two upstreams hand out the same id', async () => {
    const [carol, dave] = await Promise.all([client('carol', 'red'), client('dave', 'red', 1)]);
    const body = JSON.stringify({ id: 'resp_twin', object: 'response', status: 'completed' });
    one.enqueue({ body });
    await make(carol, {}, 'model-1');
    two.enqueue({ body });
    await make(dave, {}, 'model-2');
    await carol.get('/v1/responses/resp_twin');
    await dave.get('/v1/responses/resp_twin');
    expect([one.records.at(-1)?.path, two.records.at(-1)?.path]).toEqual([
      '/v1/responses/resp_twin',
      '/v1/responses/resp_twin',
    ]);
    expect((await dave.send('DELETE', '/v1/responses/resp_twin')).status).toBe(200);
    expect((await carol.get('/v1/responses/resp_twin')).status).toBe(200);
    expect((await dave.get('/v1/responses/resp_twin')).status).toBe(404);
  });

  it('cost nothing to read, and no budget refuses it', async () => {
    const erin = await client('erin', 'red');
    const { id } = (await make(erin)).json;
    await Client.admin(gateway(0).url).post('/user/update', { user_id: 'erin', max_budget: 0 });
    expect((await make(erin)).status).toBe(422);
    const read = await erin.get(`/v1/responses/${id}`);
    expect([read.status, Number(read.headers.get('x-litellm-response-cost'))]).toEqual([200, 0]);
  });

  it('are explained as they are answered', async () => {
    const alice = await client('alice', 'red');
    const { id } = (await make(alice)).json;
    const explained = async (sub: string, method: string, route: string) => {
      const token = await issuer.sign({ sub, email: `${sub}@acme.example`, team: 'red' });
      const question = { token, method, route };
      const admin = Client.admin(gateway(1).url);
      const { json } = await admin.post<DecisionRecord>('/auth/explain', question);
      return [json.status, json.reason];
    };
    expect(await explained('alice', 'GET', `/v1/responses/${id}`)).toEqual([200, null]);
    expect(await explained('bob', 'GET', `/v1/responses/${id}`)).toEqual([404, 'not_found']);
    expect(await explained('bob', 'DELETE', `/responses/${id}`)).toEqual([404, 'not_found']);
  });
});
