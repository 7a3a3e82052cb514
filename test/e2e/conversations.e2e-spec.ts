import OpenAI from 'openai';
import { Client } from '#support/client';
import { startFakeFiles, type FakeFiles } from '#support/fake-files';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const ITEM = { type: 'message' as const, role: 'user' as const, content: 'hello' };
/** Where the account of the model keeps it. */
const AT_MODEL = { headers: { 'x-litellm-model': 'fast' } };

describe('conversations', () => {
  let issuer: TestIssuer;
  let upstream: FakeFiles;
  let gateway: TestGateway;
  let alice: OpenAI;
  let bob: OpenAI;

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
files_settings:
  - { custom_llm_provider: openai, ${api}, api_key: files-secret }`,
    });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'red' });
    const callerOf = async (sub: string): Promise<OpenAI> =>
      new OpenAI({
        baseURL: `${gateway.url}/v1`,
        apiKey: await issuer.sign({ sub, email: `${sub}@acme.example`, team: 'red' }),
        maxRetries: 0,
      });
    alice = await callerOf('alice');
    bob = await callerOf('bob');
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  it('are continued by the caller alone, whose responses are all that they cost', async () => {
    const { id } = await alice.conversations.create({ items: [ITEM] }, AT_MODEL);
    expect(upstream.requests.at(-1)?.authorization).toBe('Bearer model-secret');
    expect(await alice.conversations.retrieve(id)).toMatchObject({ id });
    await alice.conversations.update(id, { metadata: { topic: 'notes' } });
    const added = await alice.conversations.items.create(id, {
      items: [ITEM],
      include: ['web_search_call.action.sources'],
    });
    expect(upstream.requests.at(-1)?.path).toContain('include');
    const [message] = added.data;
    await alice.conversations.items.retrieve(message?.id ?? '', { conversation_id: id });
    expect((await alice.conversations.items.list(id)).data).toEqual([]);
    const input = [{ type: 'item_reference' as const, id: message?.id ?? '' }];
    await alice.responses.create({ model: 'fast', conversation: id, input });
    expect(upstream.requests.at(-1)?.path).toBe('/v1/responses');
    const before = upstream.requests.length;
    for (const call of [
      () => bob.conversations.retrieve(id),
      () => bob.conversations.update(id, { metadata: {} }),
      () => bob.conversations.delete(id),
      () => bob.conversations.items.list(id),
      () => bob.conversations.items.create(id, { items: [ITEM] }),
      () => bob.conversations.items.retrieve('msg_1', { conversation_id: id }),
      () => bob.responses.create({ model: 'fast', conversation: id, input: 'hello' }),
      () => bob.responses.create({ model: 'fast', input }),
    ])
      await expect(call()).rejects.toMatchObject({ status: 404 });
    expect(upstream.requests.length).toBe(before);
    await alice.conversations.delete(id);
    await expect(
      alice.responses.create({ model: 'fast', conversation: id, input: 'hello' }),
    ).rejects.toMatchObject({ status: 404 });
    const rows = await Client.admin(gateway.url).get<
      readonly { call_type: string; spend: number }[]
    >('/spend/logs?user_id=alice');
    const costly = rows.json.filter(({ spend }) => spend > 0);
    expect(new Set(costly.map(({ call_type: type }) => type))).toEqual(new Set(['aresponses']));
  });

  it('that another account keeps are 400 at a model, which says so', async () => {
    const { id } = await alice.conversations.create({});
    expect(upstream.requests.at(-1)?.authorization).toBe('Bearer files-secret');
    await expect(
      alice.responses.create({ model: 'fast', conversation: id, input: 'hello' }),
    ).rejects.toMatchObject({ status: 400, param: 'conversation' });
  });
});
