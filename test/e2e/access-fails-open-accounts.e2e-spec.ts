import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { KeyServer } from '#support/key-server';
import { answering } from '#support/opaque-harness';

jest.setTimeout(120_000);

let issuer: TestIssuer;
let upstream: FakeUpstream;
let endpoint: KeyServer;
let gateway: TestGateway;
let admin: Client;

beforeAll(async () => {
  [issuer, upstream, endpoint] = await Promise.all([
    TestIssuer.start(),
    startFakeUpstream(),
    KeyServer.start(),
  ]);
  gateway = await startGateway({
    issuer,
    upstreamUrl: upstream.url,
    jwtauth: `
    user_id_jwt_field: name
    team_id_jwt_field: ''
    user_id_upsert: true
    routing_overrides: [{ iss: ${issuer.issuer}, client_id: robot, path: oauth2 }]`,
    env: {
      OAUTH_TOKEN_INFO_ENDPOINT: `${endpoint.origin}/introspect`,
      OAUTH_USER_ID_FIELD_NAME: 'name',
    },
  });
  admin = Client.admin(gateway.url);
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([upstream.close(), endpoint.stop(), issuer.stop()]);
});

const clientOf = async (name: string, sub: string): Promise<Client> =>
  new Client(gateway.url, await issuer.sign({ name, sub }));

const resultOf = async (client: Client): Promise<string> => {
  const { status, json } = await client.chat();
  return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
};

describe('a user name that the provider gave to another subject', () => {
  it('inherits no account, until an administrator rebinds it', async () => {
    const first = await clientOf('pat', 's-1');
    const second = await clientOf('pat', 's-2');
    expect(await resultOf(first)).toBe('200');
    expect(await resultOf(second)).toBe('403 identity_conflict');
    expect(await resultOf(first)).toBe('200');
    const change = { user_id: 'pat', bound_issuer: issuer.issuer, bound_subject: 's-2' };
    expect((await admin.post('/user/update', change)).status).toBe(200);
    expect(await resultOf(second)).toBe('200');
    expect(await resultOf(first)).toBe('403 identity_conflict');
  });

  it('inherits the account where an administrator left the subject open', async () => {
    expect(await resultOf(await clientOf('kim', 's-1'))).toBe('200');
    const change = { user_id: 'kim', bound_issuer: issuer.issuer, bound_subject: null };
    expect((await admin.post('/user/update', change)).status).toBe(200);
    expect(await resultOf(await clientOf('kim', 's-2'))).toBe('200');
    expect(await resultOf(await clientOf('kim', 's-1'))).toBe('403 identity_conflict');
  });

  it('inherits no account in one of two first calls at once', async () => {
    const clients = [await clientOf('lee', 's-1'), await clientOf('lee', 's-2')];
    const results = await Promise.all(clients.map(resultOf));
    expect(results.toSorted()).toEqual(['200', '403 identity_conflict']);
  });

  it('inherits no account by an introspected token', async () => {
    expect(await resultOf(await clientOf('ash', 's-1'))).toBe('200');
    const claims = { aud: 'gatehouse-tests', name: 'ash', client_id: 'robot' };
    for (const [sub, result] of [
      ['s-2', '403 identity_conflict'],
      ['s-1', '200'],
    ] as const) {
      endpoint.behaviour = answering({ active: true, iss: issuer.issuer, ...claims, sub });
      const token = await issuer.sign({ ...claims, sub });
      expect(await resultOf(new Client(gateway.url, token))).toBe(result);
    }
  });

  it('is explained with what an administrator can do', async () => {
    expect(await resultOf(await clientOf('sam', 's-1'))).toBe('200');
    const token = await issuer.sign({ name: 'sam', sub: 's-2' });
    const body = { token, method: 'POST', route: '/v1/chat/completions', model: 'gpt-4o' };
    const { json } = await admin.post<Record<string, unknown>>('/auth/explain', body);
    expect(json).toMatchObject({ allowed: false, status: 403, reason: 'identity_conflict' });
    expect(JSON.stringify(json)).toContain('user sam belongs to another subject');
    expect(JSON.stringify(json)).toContain('bound_subject');
  });
});
