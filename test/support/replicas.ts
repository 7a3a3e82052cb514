import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { startGateway, type TestGateway, type TestSurroundings } from './gateway.js';
import { TestIssuer } from './issuer.js';
import type { PostgresServer } from './postgres.js';

/** Two gateways on one database, and what they stand on. */
export interface Replicas {
  readonly issuer: TestIssuer;
  readonly upstream: FakeUpstream;
  readonly first: TestGateway;
  readonly second: TestGateway;
  /** Ends all of it. */
  stop(): Promise<void>;
}

/**
 * Starts two gateways on a new database, with an issuer and an upstream of their own.
 * @param lines laid into the configuration's sections
 */
export async function startReplicas(
  server: PostgresServer,
  lines: Pick<TestSurroundings, 'jwtauth' | 'gatehouse'> = {},
): Promise<Replicas> {
  const issuer = await TestIssuer.start();
  const upstream = await startFakeUpstream();
  const databaseUrl = await server.createDatabase();
  const around = { issuer, upstreamUrl: upstream.url, databaseUrl, ...lines };
  const [first, second] = await Promise.all([startGateway(around), startGateway(around)]);
  const stop = async (): Promise<void> => {
    await Promise.all([first.stop(), second.stop()]);
    await upstream.close();
    await issuer.stop();
  };
  return { issuer, upstream, first, second, stop };
}
