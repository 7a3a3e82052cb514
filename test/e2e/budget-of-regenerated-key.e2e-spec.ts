import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import { Client } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';

interface Key {
  readonly key: string;
  readonly token: string;
}

describeOnEachDatabase('A key that is regenerated', (freshDatabase) => {
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    const databaseUrl = await freshDatabase();
    budgeted = await startBudgetedGateways(databaseUrl === undefined ? {} : { databaseUrl });
  });
  afterAll(async () => {
    await budgeted.stop();
  });

  const make = async (limits: object): Promise<Key> =>
    (await budgeted.admin.post<Key>('/key/generate', limits)).json;
  const regenerate = async ({ key }: Key): Promise<Key> => {
    const { status, json } = await budgeted.admin.post<Key>('/key/regenerate', { key });
    expect(status).toBe(200);
    return json;
  };
  const call = ({ key }: Key) => budgeted.caller(0, key).chat('hello', CENT_CALL);
  const statuses = async (key: Key, count: number): Promise<number[]> => {
    const found: number[] = [];
    for (let index = 0; index < count; index += 1) found.push((await call(key)).status);
    return found;
  };

  it('keeps its windows: what was spent before counts, and the refusal names the present id', async () => {
    const first = await make({ max_budget: 0.03, budget_duration: '30d' });
    expect(await statuses(first, 2)).toEqual([200, 200]);
    const second = await regenerate(first);
    expect(await statuses(second, 2)).toEqual([200, 422]);
    const third = await regenerate(second);
    const refused = await call(third);
    expect(refused.json.error).toMatchObject({
      budget: { scope: 'key', id: third.token, limit: '0.03', spent: '0.03' },
    });
    const update = { key: third.key, max_budget: 0.04 };
    expect((await budgeted.admin.post('/key/update', update)).status).toBe(200);
    expect(await statuses(third, 2)).toEqual([200, 422]);
    const info = await new Client(budgeted.gateways[0]?.url ?? '', third.key).get('/key/info');
    expect(info.json).toMatchObject({ info: { spend: 0.04, rotation_count: 2 } });
    expect(await budgeted.differences()).toEqual([]);
  });

  it('keeps the budgets that it has for single models', async () => {
    const first = await make({
      model_max_budget: { 'test-model': { budget_limit: 0.02, time_period: '1d' } },
    });
    expect(await statuses(first, 2)).toEqual([200, 200]);
    const second = await regenerate(first);
    const refused = await call(second);
    expect(refused.json.error).toMatchObject({
      budget: { scope: 'key_model', id: `${second.token}:test-model` },
    });
    expect(await budgeted.differences()).toEqual([]);
  });

  it('counts what was spent under each of its ids in a budget that it gets later', async () => {
    const first = await make({});
    expect(await statuses(first, 1)).toEqual([200]);
    const second = await regenerate(first);
    expect(await statuses(second, 2)).toEqual([200, 200]);
    await budgeted.admin.post('/key/update', { key: second.key, max_budget: 0.04 });
    expect(await statuses(second, 2)).toEqual([200, 422]);
    expect(await budgeted.differences()).toEqual([]);
  });
});
