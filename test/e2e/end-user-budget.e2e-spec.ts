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
});
