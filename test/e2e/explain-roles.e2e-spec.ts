import type { DecisionRecord } from '#libs/auth';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('explanations of handlers that demand a role', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const jwtauth = `
    user_id_jwt_field: sub
    team_id_jwt_field: team
    user_id_upsert: true
    team_allowed_routes: [openai_routes, /team/new, /user/list, /team/info]
`;
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url, jwtauth });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    token = await issuer.sign({ sub: 'alice', team: 'research' });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const explained = async (route: string, bearer = token) => {
    const [method, path] = route.split(' ');
    const question = { token: bearer, method, route: path };
    return (await Client.admin(gateway.url).post<DecisionRecord>('/auth/explain', question)).json;
  };
  const made = async (route: string) => {
    const [method = '', path = ''] = route.split(' ');
    const options = method === 'POST' ? { body: { team_id: 'another' } } : {};
    const response = await new Client(gateway.url, token).send(method, path, options);
    const id = response.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await Client.admin(gateway.url).get<DecisionRecord>(`/decisions/${id}`);
    return { status: response.status, decision: decision.json };
  };

  it.each([
    ['POST /team/new', true],
    ['GET /user/list', true],
    ['POST /team/block', false],
  ])('refuse %s to a member, granted by a list: %s', async (route, allowed) => {
    const path = route.split(' ')[1] ?? '';
    const remedy = `call \`${path}\` with an administrator's credential`;
    const refusal = { allowed, status: 403, reason: 'route_not_allowed', remedy };
    expect(await explained(route)).toMatchObject(refusal);
    const { status, decision } = await made(route);
    expect(status).toBe(403);
    expect(decision).toMatchObject(refusal);
  });

  it('allow a route of a list whose handler demands no role', async () => {
    const record = await explained('GET /team/info?team_id=research');
    expect(record).toMatchObject({ allowed: true, status: 200, reason: null });
  });

  it('allow an administrator', async () => {
    const record = await explained('POST /team/new', MASTER_KEY);
    expect(record).toMatchObject({ allowed: true, status: 200, reason: null });
  });
});
