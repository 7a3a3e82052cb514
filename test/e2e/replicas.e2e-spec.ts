import { Client, type SpendRow } from '#support/client';
import { eventually } from '#support/eventually';
import type { FakeUpstream } from '#support/fake-upstream';
import type { TestGateway } from '#support/gateway';
import type { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';
import { Reconciler } from '#libs/spend';

describeWithPostgres('two replicas on one PostgreSQL', (server) => {
  let replicas: Replicas;
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let first: TestGateway;
  let second: TestGateway;

  beforeAll(async () => {
    replicas = await startReplicas(server());
    ({ issuer, upstream, first, second } = replicas);
    await Client.admin(first.url).post('/team/new', { team_id: 'research' });
  });

  afterAll(async () => {
    await replicas.stop();
  });

  it('both refuse a blocked team within a second, and both let it back in', async () => {
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    const [here, there] = [new Client(first.url, token), new Client(second.url, token)];
    expect((await there.chat()).status).toBe(200);
    await Client.admin(first.url).post('/team/block', { team_id: 'research' });
    expect((await here.chat()).json.error.reason).toBe('team_blocked');
    await eventually(async () => {
      expect((await there.chat()).status).toBe(403);
    }, 1_000);
    const before = upstream.records.length;
    expect((await there.chat()).json.error.reason).toBe('team_blocked');
    expect(upstream.records).toHaveLength(before);
    await Client.admin(second.url).post('/team/unblock', { team_id: 'research' });
    expect((await there.chat()).status).toBe(200);
    await eventually(async () => {
      expect((await here.chat()).status).toBe(200);
    }, 1_000);
  });

  it('create one user for first calls at both at once, and keep common books', async () => {
    const token = await issuer.sign({ sub: 'twin', email: 'twin@acme.example', team: 'research' });
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        new Client((index % 2 === 0 ? first : second).url, token).chat(),
      ),
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    const users = await Client.admin(first.url).get('/user/list?user_ids=twin');
    expect(users.json.users).toHaveLength(1);
    await eventually(async () => {
      const rows = await Client.admin(second.url).get<SpendRow[]>(
        '/spend/logs?user_id=twin&page_size=100',
      );
      expect(rows.json).toHaveLength(40);
    });
    expect((await first.gateway.app.get(Reconciler).run()).differences).toEqual([]);
  });
});
