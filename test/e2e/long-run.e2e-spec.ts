import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { freePort } from '#support/free-port';
import { GatewayProcess, temporaryDirectory } from '#support/gateway-process';
import { Inspector } from '#support/inspector';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';
import { soakOr } from '#support/soak';

jest.setTimeout(1_500_000);

/** Of each half: the first fills what is remembered, and has everything compiled. */
const CALLS = soakOr(1_000, 50_000);
const STREAMS = soakOr(100, 10_000);
/** Streams whose clients leave after the first event. */
const LEFT = soakOr(20, 500);
const CLIENTS = 32;
/** The clients close a connection that is idle for so long. */
const CLIENT_IDLE_MS = 1_000;
const IDLE_WITHIN_MS = 60_000;
/** Those to the database that are kept, and that of the inspector. */
const SOCKETS_OF_NO_CALL = 4;
/** Timers and file operations that come and go. */
const PASSING_HANDLES = 6;

/** What the process has when no call is under way and everything unused is given back. */
interface Idle {
  /** Bytes of heap and of buffers outside it. */
  readonly memory: number;
  /** Bytes as the system counts them; `null` off Linux. */
  readonly resident: number | null;
  /** Open sockets, timers and so on. */
  readonly handles: number;
  readonly sockets: number;
}

describeWithPostgres('a gateway that runs for long', (server) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let directory: { path: string; remove: () => void };
  let gateway: GatewayProcess;
  let inspector: Inspector;
  let client: Client;
  const usual = getGlobalDispatcher();

  beforeAll(async () => {
    setGlobalDispatcher(new Agent({ keepAliveMaxTimeout: CLIENT_IDLE_MS }));
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    directory = await temporaryDirectory();
    const port = await freePort();
    gateway = await GatewayProcess.start({
      issuer,
      upstreamUrl: upstream.url,
      dataDir: directory.path,
      databaseUrl: await server().createDatabase(),
      env: { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` },
    });
    inspector = await Inspector.connect(port);
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const token = await issuer.sign({ email: 'alice@acme.example', team: 'research' });
    client = new Client(gateway.url, token);
    await eventually(async () => {
      expect((await client.chat()).status).toBe(200);
    }, 30_000);
  }, 120_000);

  afterAll(async () => {
    inspector.close();
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    directory.remove();
    await getGlobalDispatcher().destroy();
    setGlobalDispatcher(usual);
  });

  it(`has after ${String(2 * CALLS)} calls and ${String(2 * STREAMS)} streams the memory and the handles that it had after half of them`, async () => {
    await load();
    const half = await idle();
    await load();
    const whole = await idle();
    expect(whole.handles).toBeLessThan(half.handles + PASSING_HANDLES);
    expect(whole.memory).toBeLessThan(half.memory * 1.1);
    expect(whole.resident ?? 0).toBeLessThan((half.resident ?? 1) * 1.1);
  });

  /** Half of the calls, of the streams, and of the streams that their clients leave. */
  async function load(): Promise<void> {
    await repeat(CALLS, async () => {
      expect((await client.chat()).status).toBe(200);
    });
    await repeat(STREAMS, async () => {
      const { text } = await client.chat('streamed', { stream: true });
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    });
    await repeat(LEFT, leaveStream);
  }

  async function leaveStream(): Promise<void> {
    const leaving = new AbortController();
    const body = {
      model: 'test-model',
      messages: [{ role: 'user', content: 'left' }],
      stream: true,
      ...upstream.behaviour({ chunks: 20, delayMs: 5 }),
    };
    const { signal } = leaving;
    const response = await client.open('POST', '/v1/chat/completions', { body, signal });
    expect((await response.body?.getReader().read())?.done).toBe(false);
    leaving.abort();
  }

  /** Waits until no call's connection is left. */
  function idle(): Promise<Idle> {
    return eventually(async () => {
      const now = await look();
      expect(now.sockets).toBeLessThanOrEqual(SOCKETS_OF_NO_CALL);
      return now;
    }, IDLE_WITHIN_MS);
  }

  async function look(): Promise<Idle> {
    await inspector.collectGarbage();
    const read = `(() => {
      const { heapUsed, external } = process.memoryUsage();
      const open = process.getActiveResourcesInfo();
      const sockets = open.filter((kind) => kind === 'TCPSocketWrap').length;
      return { memory: heapUsed + external, handles: open.length, sockets };
    })()`;
    const counted = (await inspector.evaluate(read)) as Omit<Idle, 'resident'>;
    return { ...counted, resident: process.platform === 'linux' ? gateway.residentBytes() : null };
  }
});

/** Has the clients do something so often, together. */
async function repeat(count: number, once: () => Promise<void>): Promise<void> {
  let left = count;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await once();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}
