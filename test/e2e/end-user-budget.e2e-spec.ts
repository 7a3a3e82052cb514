import { randomUUID } from 'node:crypto';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

const CALLS = 200;
const BUDGET_USD = 0.002;

describeWithPostgres('the default budget of end users, on two replicas', (server) => {
  let replicas: Replicas;
  let token: string;

  beforeAll(async () => {
    replicas = await startReplicas(server(), {
      gatehouse: `litellm_settings: { max_end_user_budget: ${String(BUDGET_USD)} }\n`,
    });
    token = await replicas.issuer.sign({ email: 'alice@acme.example', team: 'research' });
    await Client.admin(replicas.first.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await replicas.stop();
  });

  it('holds for 200 first calls at once of an end user who is not known yet', async () => {
    const user = randomUUID();
    const bounded = { user, max_tokens: 20 };
    const responses = await Promise.all(
      Array.from({ length: CALLS }, (_, index) =>
        new Client(replicas[index % 2 === 0 ? 'first' : 'second'].url, token).chat('x', bounded),
      ),
    );
    const served = responses.filter(({ status }) => status === 200);
    const refused = responses.filter(({ status }) => status !== 200);
    expect(served.length).toBeGreaterThan(0);
    expect(served.length).toBeLessThan(CALLS);
    expect(new Set(refused.map(({ json }) => json.error.reason))).toEqual(
      new Set(['budget_exceeded']),
    );
    const admin = Client.admin(replicas.first.url);
    let last = -1;
    await eventually(async () => {
      const info = await admin.get<{ spend: number }>(`/customer/info?end_user_id=${user}`);
      const isStill = info.json.spend === last;
      last = info.json.spend;
      expect(isStill && last > 0).toBe(true);
    });
    expect(last).toBeLessThanOrEqual(BUDGET_USD);
    const other = { ...bounded, user: randomUUID() };
    expect((await new Client(replicas.first.url, token).chat('x', other)).status).toBe(200);
  });

  it('is shown for a customer without limits of its own, with what was spent of it', async () => {
    const admin = Client.admin(replicas.first.url);
    const user_id = randomUUID();
    const infoOf = async () =>
      (await admin.get<Record<string, unknown>>(`/customer/info?end_user_id=${user_id}`)).json;
    const made = await admin.post<Record<string, unknown>>('/customer/new', { user_id });
    const shown = { max_budget: BUDGET_USD, litellm_budget_table: { max_budget: BUDGET_USD } };
    expect(made.json).toMatchObject(shown);
    expect(await infoOf()).toMatchObject({ ...shown, max_budget_usage: { current_spend: 0 } });
    await new Client(replicas.first.url, token).chat('x', { user: user_id, max_tokens: 20 });
    await eventually(async () => {
      const { spend, max_budget_usage: usage } = await infoOf();
      expect(spend).toBeGreaterThan(0);
      expect(usage).toMatchObject({ current_spend: spend });
    });
    const listed = (await admin.get<{ user_id: string }[]>('/customer/list')).json;
    expect(listed.find((one) => one.user_id === user_id)).toMatchObject(shown);
  });

  it('still holds for a customer whose spend was reset or whose unpriced_models is set', async () => {
    const admin = Client.admin(replicas.first.url);
    const user_id = randomUUID();
    await admin.post('/customer/new', { user_id });
    const changes = { user_id, spend: BUDGET_USD, unpriced_models: 'allow' };
    expect((await admin.post('/customer/update', changes)).json).toMatchObject({
      max_budget: BUDGET_USD,
    });
    await eventually(async () => {
      const call = new Client(replicas.first.url, token);
      const { json } = await call.chat('x', { user: user_id, max_tokens: 20 });
      expect(json.error.reason).toBe('budget_exceeded');
    });
  });

  it('gives way to a budget that the customer names, whose values are shown', async () => {
    const admin = Client.admin(replicas.first.url);
    const user_id = randomUUID();
    await admin.post('/budget/new', { budget_id: 'gold', max_budget: 5 });
    const { json } = await admin.post('/customer/new', { user_id, budget_id: 'gold' });
    expect(json).toMatchObject({
      max_budget: null,
      budget_id: 'gold',
      litellm_budget_table: { budget_id: 'gold', max_budget: 5 },
    });
  });
});
