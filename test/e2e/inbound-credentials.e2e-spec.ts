import { SettingsStore } from '#libs/config';
import { UpstreamObjectsService } from '#libs/objects';
import { anAccessContext } from '#support/access-builders';
import { startCaptureUpstream, type CaptureUpstream } from '#support/capture-upstream';
import {
  HEADER_SPELLINGS,
  INBOUND_SECRET,
  KEY_HEADER,
  QUERY_SPELLINGS,
  RELAYED_CALLS,
  matrixEndpoints,
  matrixModels,
  prefixEnvironment,
  realtimeModel,
  type RelayedCall,
} from '#support/credential-matrix';
import { DEFAULT_JWTAUTH, MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { startFakeRealtime, type FakeRealtime } from '#support/fake-realtime';
import { exchange } from '#support/raw-exchange';
import { RealtimeClient } from '#support/realtime-client';
import { A_FORM } from '#support/recording';

/** Headers that may travel and that hold no credential by their names. */
const NAMES = [
  ...['X-Note', 'X-Pass-X-Note', 'Accept', 'Accept-Language', 'Content-Language', 'Anthropic-Beta'],
  ...['Anthropic-Version', 'OpenAI-Beta', 'Idempotency-Key', 'X-Request-Id', 'X-Litellm-Tags'],
];

/** Headers of a client that no upstream may see under this name, with any value. */
const OF_CLIENT =
  /^(?:cookie|proxy-|x-forwarded|x-pass|x-litellm|x-company|forwarded|via|te|upgrade|expect)/;

/** The same of a session, whose own handshake has an `Upgrade`. */
const OF_CLIENT_SESSION =
  /^(?:cookie|proxy-|x-forwarded|x-pass|x-litellm|x-company|forwarded|via|te|expect)/;

const KINDS = [
  'response',
  'file',
  'batch',
  'fine_tuning_job',
  'vector_store',
  'conversation',
  'container',
] as const;
/** An object in an example of a body. */
const EXAMPLE_ID = /"file-[^"]*"/g;

describe.each(RELAYED_CALLS.map((call) => [`${call.method} ${call.path}`, call] as const))(
  'a credential of the client never reaches the upstream of %s',
  (_name, call) => {
    it('in any spelling of a header', async () => {
      for (const lines of call.isDetailed
        ? HEADER_SPELLINGS.map((one) => [one])
        : [HEADER_SPELLINGS]) {
        await expectWithheld(call, lines);
      }
      await expectWithheld(call, [`Connection: X-Pass-A`, `X-Pass-A: ${INBOUND_SECRET}`]);
    });

    it('in any spelling of a parameter', async () => {
      await expectWithheld(call, [], `?note=kept&${QUERY_SPELLINGS.join('&')}`);
    });

    it('under any name, where it is the one that the gateway itself was sent', async () => {
      // No two calls have the same Idempotency-Key, which would make them one.
      const lines = NAMES.map((name) => `${name}: a ${MASTER_KEY} ${call.method} ${call.path}`);
      await expectWithheld(call, lines, `?note=${MASTER_KEY}`);
    });
  },
);

describe('a credential of the client never reaches the upstream of a session', () => {
  const target = `/v1/realtime?model=voice`;

  it('in any spelling of a header', async () => {
    for (const line of HEADER_SPELLINGS) await expectSessionWithheld(target, [line]);
  });

  it('in any spelling of a parameter', async () => {
    await expectSessionWithheld(`${target}&${QUERY_SPELLINGS.join('&')}`, []);
  });

  it('in the name of a subprotocol', async () => {
    const protocols = ['realtime', `openai-insecure-api-key.${INBOUND_SECRET}`, INBOUND_SECRET];
    await expectSessionWithheld(target, [], protocols);
  });

  it('under any name, where it is the one that the gateway itself was sent', async () => {
    const lines = NAMES.map((name) => `${name}: a ${MASTER_KEY} b`);
    await expectSessionWithheld(`${target}&note=${MASTER_KEY}`, lines);
  });
});

let objects = 0;
let issuer: TestIssuer;
let upstream: CaptureUpstream;
let sessions: FakeRealtime;
let gateway: TestGateway;

beforeAll(async () => {
  issuer = await TestIssuer.start();
  upstream = await startCaptureUpstream();
  sessions = await startFakeRealtime();
  gateway = await startGateway({
    issuer,
    upstreamUrl: upstream.url,
    jwtauth: `${DEFAULT_JWTAUTH}\n  litellm_key_header_name: ${KEY_HEADER}${matrixEndpoints(upstream.url)}`,
    models: `${matrixModels(upstream.url)}${realtimeModel(sessions.url)}`,
    env: prefixEnvironment(upstream.url),
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  await sessions.close();
  await issuer.stop();
});

/** The id of a new object, which an upstream keeps for a caller. */
async function boundId(): Promise<string> {
  objects += 1;
  const id = `object-${String(objects)}`;
  const { app } = gateway.gateway;
  const { id: deploymentId = '' } = app.get(SettingsStore).current.deployments[0] ?? {};
  const { attribution } = anAccessContext({});
  const origin = { attribution, deploymentId, modelGroup: 'test-model' };
  await app.get(UpstreamObjectsService).bind(
    KINDS.map((kind) => ({ kind, id })),
    origin,
  );
  return id;
}

async function expectWithheld(
  { method, path, body }: RelayedCall,
  lines: readonly string[],
  query = '',
): Promise<void> {
  upstream.clear();
  const id = await boundId();
  const target = path.replaceAll(/\{\w+_id\}/g, id);
  const named = body.replaceAll(EXAMPLE_ID, `"${id}"`);
  const head = [`${method} ${target}${query} HTTP/1.1`, `${KEY_HEADER}: ${MASTER_KEY}`];
  const { 'content-type': form } = A_FORM.headers;
  const content = body.startsWith('--') ? form : 'application/json';
  const type = body === '' ? [] : [`Content-Type: ${content}`];
  const { status, text } = await exchange(gateway.url, [...head, ...type, ...lines], named);
  expect([status, text.slice(0, 600)]).toEqual([200, expect.any(String)]);
  const { text: seen, headers } = upstream.last();
  expect(upstream.requests).toHaveLength(1);
  expect(seen).not.toContain(INBOUND_SECRET);
  expect(seen).not.toContain(Buffer.from(`user:${INBOUND_SECRET}`).toString('base64'));
  expect(seen).not.toContain(MASTER_KEY);
  expect(Object.keys(headers).filter((name) => OF_CLIENT.test(name))).toEqual([]);
}

async function expectSessionWithheld(
  target: string,
  lines: readonly string[],
  protocols: string[] = [],
): Promise<void> {
  const headers = Object.fromEntries(
    [`${KEY_HEADER}: ${MASTER_KEY}`, ...lines].map((line) => line.split(/: (.*)/)),
  ) as Record<string, string>;
  const client = await RealtimeClient.connect(gateway.url, target, { protocols, headers });
  if (!(client instanceof RealtimeClient)) throw new Error(`${lines.join()}: ${client.body}`);
  const { headers: received, path } = sessions.handshakes.at(-1) ?? { headers: {}, path: '' };
  client.socket.terminate();
  const seen = JSON.stringify([path, received]);
  expect(received.authorization).toBe('Bearer upstream-secret');
  expect(seen).not.toContain(INBOUND_SECRET);
  expect(seen).not.toContain(Buffer.from(`user:${INBOUND_SECRET}`).toString('base64'));
  expect(seen).not.toContain(MASTER_KEY);
  expect(Object.keys(received).filter((name) => OF_CLIENT_SESSION.test(name))).toEqual([]);
}
