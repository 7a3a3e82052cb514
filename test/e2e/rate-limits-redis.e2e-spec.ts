import { Database } from '#libs/database';
import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';
import { startReplicas, type Replicas } from '#support/replicas';

const CHAT = { model: 'test-model', messages: [{ role: 'user', content: 'a' }] };

describeWithRedis('rate limits of two replicas on Redis', (redis) => {
  describeWithPostgres('and PostgreSQL', (server) => {
    let replicas: Replicas;

    beforeAll(async () => {
      const gatehouse = `  spend: { client_abort: cancel }\n  redis: { url: "${redis().url}" }\n`;
      replicas = await startReplicas(server(), { gatehouse });
      const admin = Client.admin(replicas.first.url);
      await admin.post('/team/new', { team_id: 'warm', rpm_limit: 100 });
      await admin.post('/team/new', { team_id: 'requests', rpm_limit: 40 });
      await admin.post('/team/new', { team_id: 'tokens', tpm_limit: 1_000 });
      await admin.post('/team/new', { team_id: 'slots', max_parallel_requests: 3 });
      const warm = await callersOf('warm');
      for (const one of warm) expect((await one.chat()).status).toBe(200);
    });
    afterAll(async () => {
      await replicas.stop();
    });

    const callersOf = async (team: string): Promise<readonly Client[]> => {
      const token = await replicas.issuer.sign({ sub: team, email: `${team}@acme.example`, team });
      return [replicas.first, replicas.second].map(({ url }) => new Client(url, token));
    };
    const counting = (place: 'Redis' | 'PostgreSQL'): Promise<void> =>
      eventually(async () => {
        const [row] = await replicas.first.gateway.app
          .get(Database)
          .read((manager) =>
            manager.query<{ generation: string | null }[]>('SELECT generation FROM rate_agreement'),
          );
        expect(row?.generation === null ? 'PostgreSQL' : 'Redis').toBe(place);
      }, 15_000);
    const load = (callers: readonly Client[], count: number, body = {}): Promise<Answer[]> =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          callers[index % 2]?.post('/v1/chat/completions', { ...CHAT, ...body }),
        ).filter((one) => one !== undefined),
      );
    const served = (answers: readonly Answer[]): number =>
      answers.filter(({ status }) => status === 200).length;

    it('let exactly the limit of requests pass when Redis is killed during the load', async () => {
      await counting('Redis');
      const callers = await callersOf('requests');
      const before = replicas.upstream.records.length;
      const loads = [load(callers, 30)];
      const killed = redis().kill();
      loads.push(load(callers, 30));
      await killed;
      loads.push(load(callers, 30));
      const answers = (await Promise.all(loads)).flat();
      expect(served(answers)).toBe(40);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(50);
      expect(replicas.upstream.records).toHaveLength(before + 40);
      await counting('PostgreSQL');
      const details = await Client.admin(replicas.first.url).get('/health/readiness/details');
      expect(details.json).toMatchObject({ status: 'healthy', redis: { state: 'unavailable' } });
    });

    it('count what was admitted when Redis is back, and let no more tokens pass when it is lost again', async () => {
      await redis().resume();
      await counting('Redis');
      expect(served(await load(await callersOf('requests'), 10))).toBe(0);
      const callers = await callersOf('tokens');
      const behaviour = replicas.upstream.behaviour({ completionTokens: 90 });
      const body = { max_tokens: 90, ...behaviour };
      const first = await load(callers, 4, body);
      const killed = redis().kill();
      const answers = [...first, ...(await load(callers, 40, body))];
      await killed;
      expect(served(answers)).toBeLessThanOrEqual(Math.floor(1_000 / 90));
      expect(served(answers)).toBeGreaterThanOrEqual(7);
    });

    it('keep running requests in their slots over the loss', async () => {
      await redis().resume();
      await counting('Redis');
      const body = {
        ...CHAT,
        stream: true,
        ...replicas.upstream.behaviour({ hang: 'after-first-chunk' }),
      };
      const [one, other] = await callersOf('slots');
      if (one === undefined || other === undefined) throw new Error('there are two replicas');
      const running = await Promise.all(
        [one, other, one].map((caller) => caller.hold('/v1/chat/completions', body)),
      );
      expect(running.map(({ status }) => status)).toEqual([200, 200, 200]);
      await redis().kill();
      const more = await load([one, other], 6);
      for (const call of running) call.end();
      expect(served(more)).toBe(0);
      await eventually(async () => {
        for (const caller of [one, other]) expect((await caller.chat()).status).toBe(200);
      });
    });
  });
});
