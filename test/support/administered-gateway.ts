import { Client } from './client.js';
import { startFakeUpstream, type FakeUpstream } from './fake-upstream.js';
import { startGateway, type TestSurroundings } from './gateway.js';
import { TestIssuer } from './issuer.js';

/** A gateway, what it stands on, and its administrator. */
export interface AdministeredGateway {
  readonly issuer: TestIssuer;
  readonly upstream: FakeUpstream;
  readonly url: string;
  readonly admin: Client;
  stop(): Promise<void>;
}

/** Starts a gateway with an issuer and an upstream of its own. */
export async function startAdministeredGateway(
  around: Omit<TestSurroundings, 'issuer' | 'upstreamUrl'> = {},
): Promise<AdministeredGateway> {
  const issuer = await TestIssuer.start();
  const upstream = await startFakeUpstream();
  const { url, stop } = await startGateway({ ...around, issuer, upstreamUrl: upstream.url });
  return {
    ...{ issuer, upstream, url },
    admin: Client.admin(url),
    stop: async () => {
      await stop();
      await upstream.close();
      await issuer.stop();
    },
  };
}
