import { describeWithPostgres } from '#support/postgres';
import { REALTIME_PATH, RealtimeHarness, RESPONSE_COST } from '#support/realtime-harness';
import { RealtimeClient } from '#support/realtime-client';

/** The most that a response of the model `voice` may cost. */
const MOST_USD = 0.013;

describeWithPostgres('sessions of the Realtime API at two replicas', (server) => {
  let harness: RealtimeHarness;

  beforeAll(async () => {
    harness = await RealtimeHarness.start({
      replicas: 2,
      databaseUrl: await server().createDatabase(),
    });
  });

  afterAll(async () => {
    await harness.stop();
  });

  const urls = (): string[] => harness.gateways.map(({ url }) => url);

  it.each([
    ['team', '/team/block', {}, 'team_blocked'],
    ['user', '/user/update', { blocked: true }, 'user_blocked'],
  ])('end at both within a second when the %s is blocked at one', async (...row) => {
    const [holder, path, change, reason] = row;
    const { token, teamId, userId } = await harness.caller();
    const sessions = [];
    for (const url of urls()) sessions.push(await harness.connect(token, REALTIME_PATH, url));
    const id = holder === 'team' ? { team_id: teamId } : { user_id: userId };
    expect((await harness.admin.post(path, { ...id, ...change })).status).toBe(200);
    for (const { client, record } of sessions) {
      expect(await client.end(1_000)).toEqual({ code: 1_008, reason });
      await harness.closing(record);
    }
  });

  it('never hold nor spend more than the budget of their team, however many are open', async () => {
    const bears = 3;
    const budget = MOST_USD * bears + 0.001;
    const { token, teamId, userId } = await harness.caller({ max_budget: budget });
    const connect = (url: string) =>
      RealtimeClient.connect(url, REALTIME_PATH, { headers: { authorization: `Bearer ${token}` } });
    const asked = await Promise.all(
      urls().flatMap((url) => Array.from({ length: 6 }, () => connect(url))),
    );
    const open = asked.filter((one) => one instanceof RealtimeClient);
    expect(open.length).toBeGreaterThan(0);
    expect(open.length).toBeLessThanOrEqual(bears);
    for (const refused of asked) {
      if (!(refused instanceof RealtimeClient)) expect(refused.status).toBe(422);
    }
    const served = await Promise.all(
      open.map(async (client) => {
        client.send({ type: 'response.create' });
        await client.next('response.done');
        client.socket.close();
        await client.end();
      }),
    );
    const entries = await harness.entries(userId);
    expect(entries).toHaveLength(served.length);
    expect(new Set(entries.map(({ cost_usd: cost }) => cost))).toEqual(new Set([RESPONSE_COST]));
    const { json } = await harness.admin.get<{ team_info: { spend: number } }>(
      `/team/info?team_id=${teamId}`,
    );
    expect(json.team_info.spend).toBeCloseTo(served.length * Number(RESPONSE_COST), 12);
    expect(await harness.differences()).toEqual([]);
  });
});
