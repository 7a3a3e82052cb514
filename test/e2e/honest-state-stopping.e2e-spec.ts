import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFreezingProxy } from '#support/freezing-proxy';
import { beginGateway, GatewayProcess, type ProcessEnd } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(180_000);

const GRACE_SECONDS = 1;
/** What closing may take behind the grace time. */
const FEW_SECONDS = 8;
const GRACE = `  server: { shutdown_grace_seconds: ${String(GRACE_SECONDS)} }\n`;

describe('a stop signal', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let dataDir: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
  });

  afterAll(async () => {
    await upstream.close();
    await issuer.stop();
  });

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-stop-'));
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true, force: true });
  });

  const around = (databaseUrl?: string) => ({
    issuer,
    upstreamUrl: upstream.url,
    dataDir,
    gatehouse: GRACE,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });

  /** The first line that the program logs, another one, or the same with a pause. */
  const moments: readonly (readonly [string, string, number])[] = [
    ['at the first log line', '{', 0],
    ['soon after the first log line', '{', 300],
    ['later', '{', 1_200],
    ['when the database has been reached', 'connected (', 0],
  ];

  async function stoppedAt(
    text: string,
    waitMs: number,
    databaseUrl?: string,
  ): Promise<ProcessEnd> {
    const starting = beginGateway(around(databaseUrl));
    await starting.line(text);
    await delay(waitMs);
    starting.signal('SIGTERM');
    return starting.end();
  }

  function expectStopped(end: ProcessEnd): void {
    expect({ code: end.code, signal: end.signal, stderr: end.stderr }).toEqual({
      code: 0,
      signal: null,
      stderr: '',
    });
    expect(end.stdout).toContain('"stopped"');
    expect(end.stdout).not.toMatch(/"stopping"[^]*"listening"/);
  }

  test.each(moments)(
    'that comes %s of a start on a new embedded database leaves no listener',
    async (_name, text, waitMs) => {
      expectStopped(await stoppedAt(text, waitMs));
    },
  );

  it('that comes while a new embedded database is created ends the process at once; the next start works', async () => {
    const starting = beginGateway(around());
    while (
      !existsSync(join(dataDir, 'database.creating')) &&
      !existsSync(join(dataDir, 'database'))
    )
      await delay(5);
    const signalledMs = performance.now();
    starting.signal('SIGTERM');
    expectStopped(await starting.end());
    expect(performance.now() - signalledMs).toBeLessThan(FEW_SECONDS * 1_000);
    // What has its name is complete: a copy may be so before the signal is received.
    expect(existsSync(join(dataDir, 'database'))).toBe(
      existsSync(join(dataDir, 'database/PG_VERSION')),
    );
    const second = await GatewayProcess.start(around());
    expect((await fetch(`${second.url}/health/readiness`)).status).toBe(200);
    expect((await second.stop()).code).toBe(0);
  });

  describeWithPostgres('during a start on PostgreSQL', (server) => {
    test.each(moments)('that comes %s leaves no listener', async (_name, text, waitMs) => {
      expectStopped(await stoppedAt(text, waitMs, await server().createDatabase()));
    });

    it('ends the wait for a server that is down', async () => {
      expectStopped(await stoppedAt('{', 300, 'postgresql://postgres@127.0.0.1:9/postgres'));
    });

    it('ends the wait for a server that accepts and does not respond', async () => {
      const proxy = await startFreezingProxy(null);
      const address = `postgresql://postgres@127.0.0.1:${String(proxy.port)}/postgres`;
      expectStopped(await stoppedAt('{', 300, address));
      await proxy.close();
    });
  });

  describeWithPostgres('with a PostgreSQL that has stopped responding', (server) => {
    const chat = (client: Client) =>
      client.post('/v1/chat/completions', {
        model: 'test-model',
        messages: [{ role: 'user', content: 'hello' }],
      });

    /** A gateway that has booked one call, with its server behind a proxy. */
    async function withServer(
      use: (gateway: GatewayProcess, client: Client, freeze: () => void) => Promise<void>,
      databaseUrl?: string,
    ): Promise<void> {
      const address = new URL(databaseUrl ?? (await server().createDatabase()));
      const proxy = await startFreezingProxy(Number(address.port));
      address.port = String(proxy.port);
      const gateway = await GatewayProcess.start(around(address.href));
      try {
        await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
        const token = await issuer.sign({ email: 'a@acme.example', team: 'research' });
        const client = new Client(gateway.url, token);
        expect((await chat(client)).status).toBe(200);
        await use(gateway, client, proxy.freeze);
      } finally {
        await gateway.kill();
        await proxy.close();
      }
    }

    async function expectSoonEnded(gateway: GatewayProcess): Promise<void> {
      const since = performance.now();
      gateway.signal('SIGTERM');
      expect((await gateway.end()).code).toBe(0);
      expect((performance.now() - since) / 1000).toBeLessThan(GRACE_SECONDS + FEW_SECONDS);
    }

    it('ends an idle gateway within the grace time and a few seconds', async () => {
      await withServer(async (gateway, _client, freeze) => {
        freeze();
        await expectSoonEnded(gateway);
      });
    });

    it('ends a gateway with a request that waits for the server as soon', async () => {
      await withServer(async (gateway, _client, freeze) => {
        freeze();
        const waiting = Client.admin(gateway.url).get('/team/info?team_id=other');
        await delay(100);
        await Promise.all([expectSoonEnded(gateway), waiting.catch(() => undefined)]);
      });
    });

    it('ends a gateway with unbooked spend as soon, and the next start books it', async () => {
      const databaseUrl = await server().createDatabase();
      await withServer(async (gateway, client, freeze) => {
        const stream = await client.open('POST', '/v1/chat/completions', {
          body: {
            model: 'test-model',
            stream: true,
            messages: [{ role: 'user', content: 'slow stream' }],
            ...upstream.behaviour({ chunks: 10, delayMs: 50 }),
          },
        });
        freeze();
        expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/);
        await expectSoonEnded(gateway);
      }, databaseUrl);
      const again = await GatewayProcess.start(around(databaseUrl));
      const rows = await Client.admin(again.url).get(
        '/spend/logs?user_id=alice&summarize=false&page_size=100',
      );
      expect(rows.json).toHaveLength(2);
      await again.stop();
    });

    it('ends at once with a second signal', async () => {
      await withServer(async (gateway, _client, freeze) => {
        freeze();
        gateway.signal('SIGTERM');
        await delay(700);
        const since = performance.now();
        gateway.signal('SIGTERM');
        expect((await gateway.end()).code).toBe(1);
        expect(performance.now() - since).toBeLessThan(500);
      });
    });
  });
});
