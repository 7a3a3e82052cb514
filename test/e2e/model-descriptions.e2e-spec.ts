import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { MODEL_SECRETS, startModelCallers, type ModelCallers } from '#support/model-callers';

type Json = Record<string, unknown>;

describe('lists and descriptions of models', () => {
  let callers: ModelCallers;

  beforeAll(async () => {
    callers = await startModelCallers();
  });

  afterAll(() => callers.stop());

  const member = 'a team of some models';

  it('are read by the official openai client', async () => {
    const client = new OpenAI({
      baseURL: `${callers.admin.url}/v1`,
      apiKey: callers.credentials[member] ?? '',
    });
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(['basic', 'a/b']);
    expect(await client.models.retrieve('a/b')).toMatchObject({ id: 'a/b', object: 'model' });
    await expect(client.models.retrieve('big')).rejects.toMatchObject({ status: 404 });
  });

  it('are read page by page by the official anthropic client', async () => {
    const client = new Anthropic({
      baseURL: callers.admin.url,
      apiKey: null,
      authToken: callers.credentials['a team of all models'] ?? '',
    });
    const found = [];
    for await (const model of client.models.list({ limit: 1 })) found.push(model);
    expect(found.map(({ id }) => id)).toEqual(['basic', 'big', 'european', 'a/b']);
    expect(found[0]).toMatchObject({
      type: 'model',
      display_name: 'basic',
      max_input_tokens: 5000,
      max_tokens: 700,
    });
    expect(Number.isNaN(Date.parse(found[0]?.created_at ?? ''))).toBe(false);
    expect(await client.models.retrieve('a/b')).toMatchObject({ id: 'a/b', type: 'model' });
    const { data, has_more: hasMore } = await client.models.list({ limit: 2, before_id: 'a/b' });
    expect([data.map(({ id }) => id), hasMore]).toEqual([['big', 'european'], true]);
  });

  it('have every member that Codex demands', async () => {
    const { json } = await callers
      .as(member)
      .get<{ models: Json[] }>('/v1/models?client_version=0.160.0');
    expect(json.models[0]).toMatchObject({
      slug: 'basic',
      display_name: 'basic',
      supported_reasoning_levels: [],
      shell_type: 'shell_command',
      visibility: 'list',
      supported_in_api: true,
      priority: 0,
      base_instructions: expect.any(String) as string,
      supports_reasoning_summaries: false,
      support_verbosity: false,
      truncation_policy: { mode: 'tokens', limit: expect.any(Number) as number },
      supports_parallel_tool_calls: false,
      context_window: 5000,
      experimental_supported_tools: [],
    });
    expect(json.models[1]).not.toHaveProperty('context_window');
  });

  it('describe one deployment by its id, and no deployment of others', async () => {
    const { json } = await callers.admin.get<{
      data: { model_name: string; model_info: { id: string } }[];
    }>('/model/info');
    const idOf = (name: string): string =>
      json.data.find((one) => one.model_name === name)?.model_info.id ?? '';
    const own = await callers
      .as(member)
      .get<{ data: Json[] }>(`/model/info?litellm_model_id=${idOf('basic')}`);
    expect(own.json.data.map((one) => one['model_name'])).toEqual(['basic']);
    const other = await callers.as(member).get(`/model/info?litellm_model_id=${idOf('big')}`);
    expect([other.status, other.json]).toEqual([
      404,
      (await callers.as(member).get('/model/info?litellm_model_id=x')).json,
    ]);
    expect((await callers.as(member).get('/model_group/info?model_group=big')).status).toBe(404);
    expect((await callers.as(member).get('/model_group/info?model_group=basic')).status).toBe(200);
  });

  it('have pages that count themselves', async () => {
    const page = async (query: string) =>
      (await callers.as('a team of all models').get<Json>(`/v2/model/info${query}`)).json;
    expect(await page('?size=3&page=2')).toMatchObject({
      total_count: 4,
      current_page: 2,
      total_pages: 2,
      size: 3,
      data: [{ model_name: 'a/b' }],
    });
    expect(await page('?search=EUR')).toMatchObject({
      total_count: 1,
      data: [{ model_name: 'european' }],
    });
  });

  it('show the address of upstreams to administrators alone, and credentials to none', async () => {
    const paths = [
      '/model/info',
      '/v1/model/info',
      '/v2/model/info',
      '/model_group/info',
      '/v1/models',
      '/v1/models?client_version=1',
    ];
    for (const path of paths) {
      const [own, all] = [await callers.as(member).get(path), await callers.admin.get(path)];
      expect([own.status, all.status]).toEqual([200, 200]);
      for (const secret of MODEL_SECRETS) expect(`${own.text}${all.text}`).not.toContain(secret);
      expect(own.text).not.toContain(callers.upstreamUrl);
      expect(all.text.includes(callers.upstreamUrl)).toBe(path.includes('model/info'));
    }
  });
});
