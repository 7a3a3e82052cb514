import type { FakeBehaviour } from '#support/fake-behaviour';
import { post, type RawAnswer } from '#support/raw-client';
import { describeRelay } from '#support/relay-harness';

/** An entry of `model_list` with further lines of `litellm_params` and `model_info`. */
function deployment(url: string, model: string, id: string, { more = '', info = '' } = {}): string {
  return `
  - model_name: ${model}
    litellm_params: { model: openai/real-${id}, api_base: "${url}/v1", api_key: k${more},
      input_cost_per_token: 0.000001, output_cost_per_token: 0.000002 }
    model_info: { id: ${id}${info} }`;
}

const configuration = (url: string): string =>
  `model_list:${[
    deployment(url, 'chat', 'paid', { more: ', tags: [paid]' }),
    deployment(url, 'chat', 'rest', { more: ', tags: [default]' }),
    deployment(url, 'tagged', 'only-paid', { more: ', tags: [paid]' }),
    deployment(url, 'short', 'short', { info: ', max_input_tokens: 10' }),
    deployment(url, 'sizes', 'small', { more: ', weight: 1', info: ', max_input_tokens: 10' }),
    deployment(url, 'sizes', 'large', { more: ', weight: 0', info: ', max_input_tokens: 100000' }),
    deployment(url, 'long', 'long', { info: ', max_input_tokens: 100000' }),
    deployment(url, 'other', 'other'),
  ].join('')}
router_settings:
  num_retries: 0
  enable_tag_filtering: true
  enable_pre_call_checks: true
  fallbacks: [{ chat: [other] }]
  context_window_fallbacks: [{ small-alias: long }]
  model_group_alias: { small-alias: short }
`;

const TRUSTED = 'gatehouse: { routing: { trusted_teams: [team] } }\n';

describeRelay('the choice of a model', configuration, (relay, upstream) => {
  const chat = (extra: object, ...answers: FakeBehaviour[]): Promise<RawAnswer> => {
    upstream().enqueue(...answers);
    const messages = [{ role: 'user', content: 'hello' }];
    return post(relay().chatUrl, { messages, ...extra }).answer();
  };
  const LONG = { messages: [{ role: 'user', content: 'word '.repeat(500) }] };
  const servedBy = ({ status, headers }: RawAnswer): unknown => [
    status,
    headers['x-litellm-model-id'],
  ];

  it.each([
    [['paid'], 'paid'],
    [['gold'], 'rest'],
    [[], 'rest'],
  ])('goes by tags: %j', async (tags, id) => {
    expect(servedBy(await chat({ model: 'chat', tags }))).toEqual([200, id]);
  });

  it('refuses tags that no deployment serves', async () => {
    const response = await chat({ model: 'tagged', tags: ['gold'] });
    expect(response.status).toBe(403);
    expect(response.text).toContain('model_not_allowed');
  });

  it('leaves out contexts that do not hold the input', async () => {
    expect(servedBy(await chat({ model: 'sizes', ...LONG }))).toEqual([200, 'large']);
    const response = await chat({ model: 'short', ...LONG });
    expect(response.status).toBe(400);
    expect(response.text).toContain('context_window_exceeded');
    expect(relay().spend.events).toHaveLength(2);
  });

  it('has fallbacks for an input that is too long', async () => {
    expect(servedBy(await chat({ model: 'small-alias' }))).toEqual([200, 'short']);
    const response = await chat({ model: 'small-alias', ...LONG });
    expect(servedBy(response)).toEqual([200, 'long']);
    expect(relay().spend.intents.map(({ modelGroup }) => modelGroup)).toEqual(['short', 'long']);
  });

  it('does not follow the fallbacks of a request whose caller is not trusted', async () => {
    const response = await chat({ model: 'chat', fallbacks: ['long'] }, { status: 500 });
    expect(servedBy(response)).toEqual([200, 'other']);
    expect((await chat({ model: 'chat', fallbacks: 7, disable_fallbacks: 7 })).status).toBe(200);
  });
});

describeRelay(
  'requests of trusted callers',
  (url) => configuration(url) + TRUSTED,
  (relay, upstream) => {
    const chat = (extra: object, ...answers: FakeBehaviour[]): Promise<RawAnswer> => {
      upstream().enqueue(...answers);
      const messages = [{ role: 'user', content: 'hello' }];
      return post(relay().chatUrl, { model: 'chat', messages, ...extra }).answer();
    };

    it('name their own fallbacks, which the lists of models restrict', async () => {
      const served = await chat({ fallbacks: ['long'] }, { status: 500 });
      expect(served.headers['x-litellm-model-group']).toBe('long');
      relay().models = ['chat', 'other'];
      const kept = await chat({ fallbacks: ['long', 'other'] }, { status: 500 });
      expect(kept.headers['x-litellm-model-group']).toBe('other');
      const body = upstream().records.at(-1)?.requestBytes.toString() ?? '';
      expect(body).not.toContain('fallbacks');
    });

    it('switch fallbacks off', async () => {
      const response = await chat({ disable_fallbacks: true }, { status: 500 });
      expect(response.status).toBe(500);
    });

    it.each([7, 'other', [{ model: 'other', messages: [] }], [''], Array(21).fill('x')])(
      'are refused with fallbacks of %j',
      async (fallbacks) => {
        const response = await chat({ fallbacks });
        expect(response.status).toBe(400);
        expect(response.text).toContain('"param":"fallbacks"');
      },
    );
  },
);
