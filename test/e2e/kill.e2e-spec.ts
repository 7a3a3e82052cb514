import { Client, type SpendRow } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, runGatehouse, temporaryDirectory } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';
import { soakOr } from '#support/soak';

jest.setTimeout(400_000);

const KILLS = soakOr(2, 10);
const CLIENTS = 12;

describeOnEachDatabase('kill -9 under load', (freshDatabase) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let databaseUrl: string | undefined;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    directory = await temporaryDirectory();
    databaseUrl = await freshDatabase();
  });

  afterAll(async () => {
    await upstream.close();
    await issuer.stop();
    directory.remove();
  });

  const start = async (): Promise<GatewayProcess> => {
    const gateway = await GatewayProcess.start({
      issuer,
      upstreamUrl: upstream.url,
      dataDir: directory.path,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
    });
    await eventually(async () => {
      expect((await new Client(gateway.url, null).get('/health/readiness')).status).toBe(200);
    }, 30_000);
    return gateway;
  };

  it(`${String(KILLS)} times loses and doubles no call whose answer was fully received`, async () => {
    const acknowledged: string[] = [];
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    for (let round = 0; round < KILLS; round += 1) {
      const gateway = await start();
      if (round === 0) await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
      const client = new Client(gateway.url, token);
      const goal = acknowledged.length + 30 + round * 7;
      let isKilled = false;
      const load = Array.from({ length: CLIENTS }, async (_, index) => {
        while (!isKilled) {
          const response = await client
            .chat('under load', {
              stream: index % 2 === 0,
              ...upstream.behaviour({ chunks: 2, delayMs: index % 4 }),
            })
            .catch(() => null);
          const isWhole =
            response?.status === 200 &&
            (index % 2 === 1 || response.text.endsWith('data: [DONE]\n\n'));
          if (isWhole) acknowledged.push(response.headers.get('x-request-id') ?? '');
        }
      });
      await eventually(() => {
        expect(acknowledged.length).toBeGreaterThanOrEqual(goal);
      }, 60_000);
      await gateway.kill();
      isKilled = true;
      await Promise.all(load);
    }
    const gateway = await start();
    const settled = await eventually(async () => {
      const ids = await bookedIds(Client.admin(gateway.url));
      expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
      return ids;
    }, 20_000);
    expect(new Set(settled).size).toBe(settled.length);
    await gateway.stop();
    const audit = await runGatehouse(['reconcile', '--config', gateway.configFile], {
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
    });
    expect({ code: audit.code, stderr: audit.stderr }).toEqual({ code: 0, stderr: '' });
  });

  async function bookedIds(admin: Client): Promise<string[]> {
    const ids: string[] = [];
    for (let page = 1; ; page += 1) {
      const response = await admin.get<SpendRow[]>(
        `/spend/logs?team_id=research&summarize=false&page=${String(page)}&page_size=500`,
      );
      ids.push(...response.json.map(({ request_id }) => request_id));
      if (response.json.length < 500) return ids;
    }
  }
});
