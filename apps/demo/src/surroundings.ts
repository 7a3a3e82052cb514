import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway, type Gateway } from '#gateway/application/bootstrap';
import { JsonLogger } from '#gateway/logging/json-logger';
import { Database } from '#libs/database';
import { demoSettings } from './demo-settings.js';
import { startDemoUpstream, type DemoUpstream } from './demo-upstream.js';
import { startIdentityProvider, type IdentityProvider } from './identity-provider.js';
import { startLoopbackServer } from './loopback-server.js';
import { PEOPLE } from './people.js';

/** Ports that make the printed addresses easy to read; taken ones are replaced by free ones. */
const PORTS = { gateway: 4000, identityProvider: 4001, upstream: 4002 } as const;

/** Everything that the demo runs, all of it on loopback. */
export interface Surroundings {
  readonly gatewayUrl: string;
  readonly identityProvider: IdentityProvider;
  readonly upstream: DemoUpstream;
  /** Stops everything and removes the demo's data. */
  stop(): Promise<void>;
}

/** Starts the identity provider, the model and the gateway on an embedded database in a temporary directory. */
export async function startSurroundings(): Promise<Surroundings> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-demo-'));
  const identityProvider = await startIdentityProvider({
    people: Object.values(PEOPLE),
    port: PORTS.identityProvider,
  });
  const upstream = await startDemoUpstream(PORTS.upstream);
  const gateway = await createGateway(
    demoSettings({
      identityProvider,
      upstreamUrl: upstream.url,
      dataDir,
      port: await freePort(PORTS.gateway),
    }),
    { logger: new JsonLogger('fatal') },
  );
  await gateway.app.get(Database).whenReady();
  const { url } = await gateway.listen();
  return {
    gatewayUrl: url,
    identityProvider,
    upstream,
    stop: () => stop(gateway, [identityProvider, upstream], dataDir),
  };
}

async function freePort(wished: number): Promise<number> {
  const probe = await startLoopbackServer(wished, (_request, response) => response.end());
  await probe.close();
  return probe.port;
}

async function stop(
  gateway: Gateway,
  servers: readonly { close(): Promise<void> }[],
  dataDir: string,
): Promise<void> {
  await gateway.shutdown();
  await Promise.all(servers.map((server) => server.close()));
  rmSync(dataDir, { recursive: true, force: true });
}
