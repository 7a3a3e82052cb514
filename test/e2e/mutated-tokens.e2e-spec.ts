import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess, temporaryDirectory } from '#support/gateway-process';
import { freePort } from '#support/free-port';
import { Inspector } from '#support/inspector';
import { TestIssuer } from '#support/issuer';
import { mutated, seededDice } from '#support/mutations';
import { soakOr } from '#support/soak';

jest.setTimeout(300_000);

const SEED = Number(process.env['MUTATION_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const COUNT = soakOr(1_000, 10_000);
const WARM_UP = soakOr(1_000, 5_000);
const CLIENTS = 20;
const MEBIBYTE = 1024 * 1024;
const MAX_GROWTH_BYTES = 15 * MEBIBYTE;
const isLinux = process.platform === 'linux';

describe(`${String(COUNT)} mutated tokens (MUTATION_SEED=${String(SEED)})`, () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let directory: { path: string; remove: () => void };
  let gateway: GatewayProcess;
  let inspector: Inspector;
  let good: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    directory = await temporaryDirectory();
    const port = await freePort();
    gateway = await GatewayProcess.start({
      issuer,
      upstreamUrl: upstream.url,
      dataDir: directory.path,
      env: { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` },
      jwtauth: `
    user_id_jwt_field: sub
    user_id_upsert: true`,
    });
    inspector = await Inspector.connect(port);
    good = await issuer.sign({ email: 'alice@acme.example' });
    await eventually(async () => {
      expect((await new Client(gateway.url, good).chat()).status).toBe(200);
    }, 30_000);
  });

  afterAll(async () => {
    inspector.close();
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    directory.remove();
  });

  const residentBytes = async (): Promise<number> => {
    await inspector.collectGarbage();
    return gateway.residentBytes();
  };

  /** Sends `count` mutated tokens from clients in parallel and counts the responses by status. */
  const send = async (count: number, seed: number): Promise<Map<number, number>> => {
    const dice = seededDice(seed);
    const statuses = new Map<number, number>();
    let left = count;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const { status } = await new Client(gateway.url, mutated(good, dice)).chat();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return statuses;
  };

  it('are 401 or 431 each, reach no upstream and leave the memory as it was', async () => {
    const before = upstream.records.length;
    await send(WARM_UP, SEED + 1);
    const baseBytes = isLinux ? await residentBytes() : 0;
    const statuses = await send(COUNT, SEED);
    const refused = (statuses.get(401) ?? 0) + (statuses.get(431) ?? 0);
    expect([...statuses.keys()].filter((status) => status !== 401 && status !== 431)).toEqual([]);
    expect(refused).toBe(COUNT);
    expect(upstream.records).toHaveLength(before);
    if (isLinux) {
      await eventually(async () => {
        expect((await residentBytes()) - baseBytes).toBeLessThan(MAX_GROWTH_BYTES);
      }, 30_000);
    }
    expect((await new Client(gateway.url, good).chat()).status).toBe(200);
  });
});
