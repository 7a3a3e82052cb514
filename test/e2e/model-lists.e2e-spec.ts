import { startModelCallers, type ModelCallers } from '#support/model-callers';

/** Names that are configured, and some that are not or that no list names. */
const EVERY_NAME = [
  'basic',
  'big',
  'european',
  'a/b',
  'left-out',
  'wild/named',
  'wild/other',
  'absent',
  'fast',
  'hidden',
];

describe('lists of models', () => {
  let callers: ModelCallers;

  beforeAll(async () => {
    callers = await startModelCallers();
  });

  afterAll(() => callers.stop());

  const names = (): string[] =>
    Object.keys(callers.credentials).filter((name) => name !== 'blocked');
  const member = 'a team of some models';

  it.each([
    ['a team of all models', ['basic', 'big', 'european', 'a/b']],
    ['a team of some models', ['basic', 'a/b']],
    ['a team of an access group', ['basic', 'a/b']],
    ['a team of a model below a wildcard', ['big', 'wild/named']],
    ['a team of an organisation with models', ['basic', 'big']],
    ['a team with aliases', ['basic', 'big', 'fast']],
    ['a user of one model', ['big']],
    ['an end user of a region', ['european']],
    ['a key without lists', ['basic', 'big', 'european', 'a/b']],
    ['a key of some models', ['big', 'a/b']],
    ['a key with aliases', ['big', 'fast']],
    ['a key of the models of its team', ['basic', 'a/b']],
    ['a key of one model in a team of others', []],
    ['a key of no models', []],
  ])('show %s what it may use', async (name, expected) => {
    expect(await callers.idsOf(callers.as(name))).toEqual(expected);
  });

  it('agree with calls: each listed model is served, and each other name is refused unless a wildcard group serves it', async () => {
    for (const name of names()) {
      const client = callers.as(name);
      const listed = new Set(await callers.idsOf(client));
      for (const model of EVERY_NAME) {
        const { status } = await client.chat('x', { model });
        const isServed = status === 200;
        const one = await client.get(`/v1/models/${encodeURIComponent(model)}`);
        // Below a wildcard group every name is served; the list has those that someone has named.
        const isListed = listed.has(model) || (isServed && model.startsWith('wild/'));
        expect({ name, model, status, isListed, one: one.status }).toEqual({
          name,
          model,
          status: isListed ? 200 : expect.any(Number),
          isListed: isServed,
          one: isServed ? 200 : 404,
        });
      }
    }
  });

  it('are the same in every form and in the descriptions', async () => {
    for (const name of names()) {
      const client = callers.as(name);
      const listed = await callers.idsOf(client);
      const anthropic = await client.send('GET', '/v1/models', {
        headers: { 'anthropic-version': '2023-06-01' },
      });
      expect(anthropic.json.data.map(({ id }) => id)).toEqual(listed);
      const codex = await client.get<{ models: { slug: string }[] }>(
        '/models?client_version=0.160.0',
      );
      expect(codex.json.models.map(({ slug }) => slug)).toEqual(listed);
      for (const path of ['/model/info', '/v1/model/info', '/v2/model/info']) {
        const { json } = await client.get<{ data: { model_name: string }[] }>(path);
        expect([...new Set(json.data.map((one) => one.model_name))]).toEqual(listed);
      }
      const { json } = await client.get<{ data: { model_group: string }[] }>('/model_group/info');
      expect(json.data.map((one) => one.model_group)).toEqual(listed);
    }
  });

  it('are refused to a blocked team in every form', async () => {
    for (const path of [
      '/v1/models',
      '/models?client_version=1',
      '/v1/models/basic',
      '/model/info',
      '/model_group/info',
    ])
      expect((await callers.as('blocked').get(path)).status).toBe(403);
  });

  it('name wildcard groups and access groups when they are asked for', async () => {
    const client = callers.as('a team of all models');
    expect(await callers.idsOf(client, '?return_wildcard_routes=True')).toEqual([
      'basic',
      'big',
      'european',
      'a/b',
      'wild/*',
    ]);
    expect(await callers.idsOf(client, '?include_model_access_groups=true')).toEqual([
      'basic',
      'big',
      'european',
      'a/b',
      'everyday',
    ]);
    expect(await callers.idsOf(client, '?only_model_access_groups=true')).toEqual(['everyday']);
    expect(
      await callers.idsOf(callers.as('a key of some models'), '?only_model_access_groups=true'),
    ).toEqual([]);
    expect(await callers.idsOf(client, '?unheard_of=1&scope=expand')).toEqual([
      'basic',
      'big',
      'european',
      'a/b',
    ]);
  });

  it('are of the team of the call alone', async () => {
    expect(await callers.idsOf(callers.as(member), '?team_id=some')).toEqual(['basic', 'a/b']);
    const other = await callers.as(member).get('/v1/models?team_id=all');
    expect(other.status).toBe(400);
    expect(other.json.error.reason).toBe('request_invalid');
  });
});
