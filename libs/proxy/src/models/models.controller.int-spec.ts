import { startRelay, type RelayHarness } from '#support/relay-harness';

describe('the list of models', () => {
  let relay: RelayHarness;

  beforeAll(async () => {
    relay = await startRelay(`model_list:
  - { model_name: b/two, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k } }
  - { model_name: one, litellm_params: { model: openai/1, api_base: "http://127.0.0.1:9/v1", api_key: k } }
  - { model_name: one, litellm_params: { model: openai/2, api_base: "http://127.0.0.1:9/v1", api_key: k } }
`);
  });

  afterAll(() => relay.stop());

  beforeEach(() => {
    relay.models = null;
  });

  const get = async (path: string) => {
    const response = await fetch(`${relay.url}${path}`);
    const body = (await response.json()) as { id?: string; data?: { id: string }[] };
    return { status: response.status, body };
  };

  it.each(['/v1/models', '/models'])('is in OpenAI’s form at %s', async (path) => {
    expect(await get(path)).toEqual({
      status: 200,
      body: {
        object: 'list',
        data: [
          { id: 'b/two', object: 'model', created: 1_677_610_602, owned_by: 'openai' },
          { id: 'one', object: 'model', created: 1_677_610_602, owned_by: 'openai' },
        ],
      },
    });
  });

  it('shows what the caller may use and nothing else', async () => {
    relay.models = ['one'];
    expect((await get('/v1/models')).body.data?.map(({ id }) => id)).toEqual(['one']);
    expect((await get('/v1/models/one')).status).toBe(200);
    const hidden = await get('/v1/models/b%2Ftwo');
    expect(hidden.status).toBe(404);
    expect(hidden).toEqual(await get('/v1/models/absent'));
  });

  it('finds a model whose name has a slash', async () => {
    expect((await get('/models/b%2Ftwo')).body.id).toBe('b/two');
  });
});
