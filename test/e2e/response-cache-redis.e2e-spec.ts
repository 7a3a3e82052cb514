import { createClient } from '@redis/client';
import { Client, type Answer } from '#support/client';
import { eventually } from '#support/eventually';
import { describeWithPostgres } from '#support/postgres';
import { describeWithRedis } from '#support/redis';
import { startReplicas, type Replicas } from '#support/replicas';

jest.setTimeout(60_000);

const SECRET = 'a-secret-of-this-test';
const connectionTo = (url: string) => createClient({ url });

/** The pause of a call that waits for Redis, and a slow machine. */
const SOON_MS = 5_000;

describeWithRedis('Cached responses of two replicas with Redis', (redis) => {
  describeWithPostgres('and PostgreSQL', (postgres) => {
    let replicas: Replicas;
    let admin: Client;
    let alice: readonly Client[];
    let bob: Client;
    let text = 0;

    beforeAll(async () => {
      const cache = `litellm_settings: { cache: true, cache_params: { url: "${redis().url}", namespace: "gw*" } }`;
      replicas = await startReplicas(postgres(), {
        gatehouse: `  cache: { encryption_key: ${SECRET} }\n${cache}\n`,
      });
      const { first, second, issuer } = replicas;
      admin = Client.admin(first.url);
      await admin.post('/team/new', { team_id: 'research' });
      const tokenOf = (name: string): Promise<string> =>
        issuer.sign({ sub: name, email: `${name}@acme.example`, team: 'research' });
      const token = await tokenOf('alice');
      alice = [new Client(first.url, token), new Client(second.url, token)];
      bob = new Client(second.url, await tokenOf('bob'));
    });
    afterAll(() => replicas.stop());

    const ask = (replica: number, question: string): Promise<Answer> => {
      const client = alice[replica];
      if (client === undefined) throw new Error('there are two');
      return client.chat(question);
    };
    const fresh = (): string => `question ${String((text += 1))}`;
    const isHit = ({ headers }: Answer): boolean => headers.get('x-litellm-cache-hit') === 'True';
    const keyOf = ({ headers }: Answer): string =>
      `gw*:gatehouse:cache:${headers.get('x-litellm-cache-key') ?? ''}`;
    const inRedis = async <T>(
      work: (client: ReturnType<typeof connectionTo>) => Promise<T>,
    ): Promise<T> => {
      const client = connectionTo(redis().url);
      await client.connect();
      try {
        return await work(client);
      } finally {
        client.destroy();
      }
    };
    /** Asks until the response is cached: it is written behind the call. */
    const cached = async (replica: number, question: string): Promise<Answer> => {
      let last = await ask(replica, question);
      await eventually(async () => {
        last = await ask(replica, question);
        expect(isHit(last)).toBe(true);
      }, SOON_MS);
      return last;
    };

    it('that one has kept are served by the other', async () => {
      const question = fresh();
      const response = await cached(0, question);
      const other = await ask(1, question);
      expect([isHit(other), other.text]).toEqual([true, response.text]);
    });

    it('that one has kept of a call that its client has left serve the repeat at the other', async () => {
      const { upstream } = replicas;
      const [first, second] = alice;
      if (first === undefined || second === undefined) throw new Error('there are two');
      const key = { 'idempotency-key': 'left' };
      const body = {
        model: 'test-model',
        messages: [{ role: 'user', content: fresh() }],
        ...upstream.behaviour({ firstDelayMs: 100 }),
      };
      const before = upstream.records.length;
      const leaving = new AbortController();
      const options = { body, headers: key, signal: leaving.signal };
      const left = first.open('POST', '/v1/chat/completions', options).catch(() => null);
      await eventually(() => {
        expect(upstream.records).toHaveLength(before + 1);
      });
      leaving.abort();
      await left;
      const repeat = await eventually(async () => {
        const answer = await second.post('/v1/chat/completions', body, key);
        if (answer.text.includes('idempotency_key_in_work')) throw new Error('still in work');
        return answer;
      });
      expect([repeat.status, isHit(repeat)]).toEqual([200, true]);
      expect(upstream.records).toHaveLength(before + 1);
    });

    it('are not to be read in Redis, neither question nor answer', async () => {
      const response = await cached(0, 'a-telling-question');
      const stored = await inRedis((client) => client.get(keyOf(response)));
      expect(stored).toMatch(/^sealed1:[\w+/=]+$/);
      const content = JSON.parse(response.text) as { choices: { message: { content: string } }[] };
      const said = content.choices[0]?.message.content ?? '';
      expect(said).not.toBe('');
      for (const part of [said, 'a-telling-question', 'alice', 'research'])
        expect(stored).not.toContain(part);
    });

    it('expire in Redis', async () => {
      const response = await cached(0, fresh());
      const left = await inRedis((client) => client.pTTL(keyOf(response)));
      expect(left).toBeGreaterThan(500_000);
      expect(left).toBeLessThanOrEqual(600_000);
    });

    it.each([
      '',
      'junk',
      'sealed1:',
      'sealed1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      '{"version":1}',
    ])('that are damaged are not used, and are replaced: "%s"', async (damaged) => {
      const question = fresh();
      const key = keyOf(await cached(0, question));
      await inRedis((client) => client.set(key, damaged));
      const response = await ask(0, question);
      expect([response.status, isHit(response)]).toEqual([200, false]);
      await cached(0, question);
    });

    it('that were moved to the key of another caller are not used', async () => {
      const question = fresh();
      const [mine, other] = [await cached(0, question), await bob.chat(question)];
      expect(keyOf(other)).not.toBe(keyOf(mine));
      await inRedis(async (client) => {
        await client.set(keyOf(other), (await client.get(keyOf(mine))) ?? '');
      });
      const response = await bob.chat(question);
      expect([response.status, isHit(response)]).toEqual([200, false]);
      expect(response.text).not.toBe(mine.text);
    });

    it('are removed by key and all at once, and nothing else on the server is', async () => {
      await inRedis((client) => client.mSet({ 'gwx:gatehouse:cache:a': '1', other: '2' }));
      const [one, two] = [fresh(), fresh()];
      const key = (await cached(0, one)).headers.get('x-litellm-cache-key');
      await cached(0, two);
      expect((await admin.post('/cache/delete', { keys: [key] })).status).toBe(200);
      expect([isHit(await ask(1, one)), isHit(await ask(1, two))]).toEqual([false, true]);
      await cached(0, one);
      expect((await admin.post('/cache/flushall')).status).toBe(200);
      expect([isHit(await ask(1, one)), isHit(await ask(1, two))]).toEqual([false, false]);
      expect(await inRedis((client) => client.mGet(['gwx:gatehouse:cache:a', 'other']))).toEqual([
        '1',
        '2',
      ]);
    });

    it('are looked after by administrators alone', async () => {
      const ping = await admin.get<object>('/cache/ping');
      expect(ping.json).toMatchObject({ status: 'healthy', cache_type: 'redis' });
      const info = await admin.get<{ info: { redis_version: string } }>('/cache/redis/info');
      expect(info.json.info.redis_version).toMatch(/^\d+\./);
      expect((await admin.post('/cache/delete', { keys: ['*'] })).status).toBe(400);
      for (const path of ['/cache/delete', '/cache/flushall'])
        expect((await bob.post(path, { keys: ['0'.repeat(64)] })).status).toBe(403);
      for (const path of ['/cache/ping', '/cache/redis/info'])
        expect((await bob.get(path)).status).toBe(403);
    });

    it('cost a call little time while Redis does not respond, and none when it is gone, and come back with it', async () => {
      const question = fresh();
      await cached(0, question);
      const timed = async (): Promise<number> => {
        const began = performance.now();
        expect((await ask(0, question)).status).toBe(200);
        return performance.now() - began;
      };
      process.kill(redis().pid(), 'SIGSTOP');
      const slow = [await timed(), await timed(), await timed(), await timed()];
      process.kill(redis().pid(), 'SIGCONT');
      for (const time of slow) expect(time).toBeLessThan(1_000);
      await redis().kill();
      for (let call = 0; call < 5; call += 1) expect(await timed()).toBeLessThan(1_000);
      const ping = await admin.get('/cache/ping');
      expect([ping.status, ping.json.error.reason]).toEqual([503, 'cache_unavailable']);
      for (const [path, body] of [
        ['/cache/flushall', {}],
        ['/cache/delete', { keys: ['0'.repeat(64)] }],
      ] as const)
        expect((await admin.post(path, body)).status).toBe(503);
      await redis().resume();
      await eventually(async () => {
        expect(isHit(await ask(0, question))).toBe(true);
      }, 20_000);
    });
  });
});
