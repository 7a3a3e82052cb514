import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { setLimits } from '#support/limits';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

describeWithPostgres('rate limits of two replicas on one PostgreSQL', (server) => {
  let replicas: Replicas;
  let callers: readonly Client[];

  beforeAll(async () => {
    replicas = await startReplicas(server(), { gatehouse: '  spend: { client_abort: cancel }\n' });
    const { issuer, first, second } = replicas;
    await Client.admin(first.url).post('/team/new', { team_id: 'research' });
    const token = await issuer.sign({ sub: 'u', email: 'u@acme.example', team: 'research' });
    callers = [first, second].map(({ url }) => new Client(url, token));
  });

  afterAll(async () => {
    await replicas.stop();
  });

  const caller = (index: number): Client => callers[index % 2] ?? new Client('', null);
  const statuses = (answers: readonly Answer[], status: number): number =>
    answers.filter((one) => one.status === status).length;
  const limit = async (limits: Parameters<typeof setLimits>[3]): Promise<void> => {
    await setLimits(replicas.first, 'team', 'research', limits);
    // The other replica has heard of it when it answers with the headers of the limit.
    await eventually(async () => {
      const name = 'x-ratelimit-limit-requests';
      const wanted = limits.requestsPerMinute?.toString() ?? null;
      for (const index of [0, 1])
        expect((await caller(index).chat()).headers.get(name)).toBe(wanted);
    });
  };

  it('let exactly the limit pass, whichever replica is asked', async () => {
    await limit({ requestsPerMinute: 1_000 });
    await limit({});
    const before = replicas.upstream.records.length;
    await setLimits(replicas.first, 'team', 'research', {
      modelRequestsPerMinute: { 'test-*': 24 },
    });
    await eventually(async () => {
      const answer = await caller(1).chat();
      expect(answer.headers.get('x-ratelimit-limit-requests')).toBe('24');
    });
    const uncounted = replicas.upstream.records.length - before - 1;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => caller(index).chat()),
    );
    expect([statuses(answers, 200), statuses(answers, 429)]).toEqual([23, 77]);
    expect(replicas.upstream.records).toHaveLength(before + uncounted + 24);
  });

  it('share slots, and free them when a client leaves', async () => {
    await setLimits(replicas.first, 'team', 'research', { maxParallelRequests: 2 });
    const body = {
      model: 'test-model',
      stream: true,
      messages: [{ role: 'user', content: 'a' }],
      ...replicas.upstream.behaviour({ hang: 'after-first-chunk' }),
    };
    await eventually(async () => {
      expect((await caller(1).chat()).headers.get('x-ratelimit-limit-requests')).toBeNull();
    });
    const running = [];
    for (const index of [0, 1])
      running.push(await caller(index).hold('/v1/chat/completions', body));
    for (const index of [0, 1]) expect((await caller(index).chat()).status).toBe(429);
    for (const one of running) one.end();
    await eventually(async () => {
      for (const index of [0, 1]) expect((await caller(index).chat()).status).toBe(200);
    });
  });
});
