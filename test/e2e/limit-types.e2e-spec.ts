import { randomUUID } from 'node:crypto';
import { startAdministeredGateway, type AdministeredGateway } from '#support/administered-gateway';
import { Client, type Answer } from '#support/client';

type Json = Record<string, unknown>;

const GUARANTEED = { rpm_limit_type: 'guaranteed_throughput' };

describe('types of rate limits', () => {
  let gateway: AdministeredGateway;
  let admin: Client;

  beforeAll(async () => {
    gateway = await startAdministeredGateway();
    ({ admin } = gateway);
  });
  afterAll(() => gateway.stop());

  const post = async (path: string, body: Json): Promise<Json> => {
    const { status, json } = await admin.post<Json>(path, body);
    expect({ path, status, error: json['error'] }).toEqual({ path, status: 200, error: undefined });
    return json;
  };
  const refused = (answer: Answer<Json>): unknown[] => {
    const error = answer.json['error'] as { param: string; message: string };
    return [answer.status, error.param, error.message];
  };

  it.each([
    ['key', 'key', 'dynamic'],
    ['team', 'team_id', 'guaranteed_throughput'],
    ['user', 'user_id', 'best_effort_throughput'],
  ])('are set, shown in the metadata, changed and cleared: %s', async (kind, id, type) => {
    const path = kind === 'key' ? '/key/generate' : `/${kind}/new`;
    const made = await post(path, {
      metadata: { a: 1, tpm_limit_type: type },
      rpm_limit_type: type,
      ...{ rpm_limit: 5, tpm_limit: 5 },
    });
    const named = { [id]: made[id] };
    const shown = async (): Promise<unknown> => {
      const { json } = await admin.get<Json>(`/${kind}/info?${id}=${String(made[id])}`);
      return ((json['info'] ?? json[`${kind}_info`]) as Json)['metadata'];
    };
    expect(await shown()).toEqual({ a: 1, rpm_limit_type: type, tpm_limit_type: type });
    const other = 'best_effort_throughput';
    await post(`/${kind}/update`, { ...named, tpm_limit_type: other, rpm_limit_type: null });
    expect(await shown()).toEqual({ a: 1, tpm_limit_type: other });
    const wrong = await admin.post<Json>(`/${kind}/update`, { ...named, rpm_limit_type: 'fast' });
    expect(refused(wrong)).toEqual([400, 'rpm_limit_type', expect.any(String)]);
  });

  it('guaranteed: the limits of all keys of a team fit into its own, also when they are made at once', async () => {
    const { team_id } = await post('/team/new', { rpm_limit: 1_000 });
    await post('/key/generate', { team_id, rpm_limit: 500, ...GUARANTEED });
    const made = await Promise.all(
      Array.from({ length: 10 }, () =>
        admin.post<Json>('/key/generate', { team_id, rpm_limit: 100, ...GUARANTEED }),
      ),
    );
    expect(made.filter(({ status }) => status === 200)).toHaveLength(5);
    const over = made.filter(({ status }) => status !== 200).map(refused);
    expect(over).toHaveLength(5);
    for (const one of over)
      expect(one).toEqual([
        400,
        'rpm_limit',
        expect.stringContaining('the limit of the team is 1000'),
      ]);
    const { key } = await post('/key/generate', { team_id, rpm_limit: 1 });
    const update = await admin.post<Json>('/key/update', { key, ...GUARANTEED });
    expect(refused(update)).toEqual([400, 'rpm_limit', expect.stringContaining('1001')]);
    await post('/key/update', { key, metadata: { a: 1 }, blocked: true });
  });

  it('guaranteed: the limits of all teams of an organisation fit into its own', async () => {
    const { organization_id } = await post('/organization/new', {
      ...{ organization_alias: randomUUID(), model_tpm_limit: { 'test-model': 100 } },
    });
    const team = { organization_id, tpm_limit_type: 'guaranteed_throughput' };
    await post('/team/new', { ...team, model_tpm_limit: { 'test-model': 60 } });
    const second = await admin.post<Json>('/team/new', {
      ...{ ...team, model_tpm_limit: { 'test-model': 41 } },
    });
    expect(refused(second)).toEqual([
      400,
      'model_tpm_limit',
      expect.stringContaining('test-model'),
    ]);
    await post('/team/new', { ...team, model_tpm_limit: { 'test-model': 40, other: 9 } });
  });

  it('dynamic: a limit is exceeded until the model fails', async () => {
    const { key } = await post('/key/generate', { rpm_limit: 1, rpm_limit_type: 'dynamic' });
    const client = new Client(gateway.url, String(key));
    for (let count = 0; count < 3; count += 1) expect((await client.chat()).status).toBe(200);
    const failing = gateway.upstream.behaviour({ status: 500 });
    for (let count = 0; count < 2; count += 1)
      expect((await client.chat('a', failing)).status).not.toBe(200);
    await client.chat();
    expect((await client.chat()).json).toMatchObject({
      error: { reason: 'rate_limited', rate_limit: { scope: 'key', limit: 1, type: 'requests' } },
    });
  });
});
