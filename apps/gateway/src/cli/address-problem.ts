import { once } from 'node:events';
import { createServer } from 'node:net';
import { listenFailure } from './banner.js';

/**
 * Takes an address and gives it back at once, so that a taken one is found before a database is made.
 * @param address where the gateway will listen
 * @returns `null` when it can be had, else {@link listenFailure}
 */
export async function addressProblem(
  address: Parameters<typeof listenFailure>[0],
): Promise<string | null> {
  const probe = createServer();
  try {
    probe.listen(address.port, address.host);
    await once(probe, 'listening');
    return null;
  } catch (error) {
    return listenFailure(address, error);
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}
