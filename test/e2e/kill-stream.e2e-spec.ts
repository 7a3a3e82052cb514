import type { ReconcileReport } from '#libs/spend';
import { Client } from '#support/client';
import { describeOnEachDatabase } from '#support/each-database';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, runGatehouse, temporaryDirectory } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';

jest.setTimeout(120_000);

describeOnEachDatabase('kill -9 during a long stream', (freshDatabase) => {
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

  it('books what was relayed, and reconcile lists the call with the reason, also after a second start', async () => {
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    const gateway = await start();
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const call = new Client(gateway.url, token)
      .chat('at length', {
        stream: true,
        max_tokens: 1_000_000,
        ...upstream.behaviour({ chunks: 100_000, chunkLength: 200, delayMs: 1 }),
      })
      .catch(() => null);
    await eventually(() => {
      expect(upstream.records.at(-1)?.sentBytes ?? 0).toBeGreaterThan(100_000);
    }, 30_000);
    await gateway.kill();
    await call;
    const reports: ReconcileReport['assumedEnds'][] = [];
    for (let round = 0; round < 2; round += 1) {
      const again = await start();
      await again.stop();
      const audit = await runGatehouse(['reconcile', '--config', again.configFile], {
        JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
      });
      expect(audit).toMatchObject({ code: 0, stderr: '' });
      reports.push((JSON.parse(audit.stdout) as ReconcileReport).assumedEnds);
    }
    const [first, second] = reports;
    expect(second).toEqual(first);
    expect(first?.count).toBe(1);
    const [entry] = first?.entries ?? [];
    expect(entry).toMatchObject({ reason: 'process_ended', basis: 'relayed' });
    const { relayedTokens, costUsd, reservedUsd } = entry ?? {};
    // Every event has 200 bytes of text, hence 50 tokens; the last 4 KiB may be missing.
    const sentTokens = (upstream.records.at(-1)?.completionTokens ?? 0) * 50;
    expect(relayedTokens).toBeGreaterThan(5_000);
    expect(relayedTokens).toBeLessThanOrEqual(sentTokens + 100);
    expect(Number(costUsd)).toBeGreaterThan(0);
    expect(Number(costUsd)).toBeLessThan(Number(reservedUsd) / 10);
  });
});
