import type { DecisionRecord } from '#libs/auth';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

describe('POST /auth/explain', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const models = ['test-model', 'other-model'].map(
      (name) => `
  - model_name: ${name}
    litellm_params: { model: openai/${name}, api_base: ${upstream.url}/v1, api_key: secret }`,
    );
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url, models: models.join('') });
    admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research', models: ['other-model'] });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const someClaims = (claims: object = {}): object => {
    const exp = Math.floor(Date.now() / 1_000) + 60;
    const known = { iss: issuer.issuer, aud: 'gatehouse-tests', exp, sub: 'unknown-user' };
    return { ...known, email: 'unknown@acme.example', team: 'research', ...claims };
  };

  it('evaluates unsigned claims, calls nothing and writes nothing', async () => {
    const { status, json } = await admin.post<DecisionRecord>('/auth/explain', {
      claims: someClaims({ department: 'a-claim-of-no-concern' }),
      model: 'other-model',
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      allowed: true,
      status: 200,
      reason: null,
      principal: { kind: 'jwt', user_id: 'unknown-user', team_id: 'research', key_id: null },
      remaining_budgets: [],
      remedy: null,
    });
    expect(JSON.stringify(json)).not.toContain('a-claim-of-no-concern');
    expect((await admin.get('/user/info?user_id=unknown-user')).status).toBe(404);
    expect(upstream.records).toEqual([]);
  });

  it('says which models are allowed and what would allow the call, there and behind the answer', async () => {
    const question = { claims: someClaims(), model: 'test-model' };
    const { json } = await admin.post<DecisionRecord>('/auth/explain', question);
    const remedy = 'add `test-model` to the models of team research (`POST /team/update`)';
    expect(json).toMatchObject({ allowed: false, reason: 'model_not_allowed', remedy });
    expect(json.steps.at(-1)).toMatchObject({ guard: 'tenancy', outcome: 'refused' });
    const token = await issuer.sign(someClaims() as Record<string, unknown>);
    const refused = await new Client(gateway.url, token).chat();
    expect(refused.text).not.toContain('research');
    const id = refused.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await admin.get<DecisionRecord>(`/decisions/${id}`);
    expect(decision.json).toMatchObject({ allowed: false, remedy });
  });

  it('evaluates claims as strictly as a token: issuer, audience and end', async () => {
    for (const [claims, reason] of [
      [{ iss: 'https://stranger.example' }, 'issuer_unknown'],
      [{ aud: 'another' }, 'token_invalid'],
      [{ exp: 1 }, 'token_expired'],
    ] as const) {
      const question = { claims: someClaims(claims) };
      const { json } = await admin.post<DecisionRecord>('/auth/explain', question);
      expect([json.allowed, json.reason]).toEqual([false, reason]);
    }
  });

  it.each([
    ['both a token and claims', { token: 'a', claims: {} }],
    ['neither', {}],
    ['claims that are not an object', { claims: ['sub'] }],
    ['headers that are not strings', { claims: {}, headers: { a: 1 } }],
    ['an unknown method', { claims: {}, method: 'CHAT' }],
    ['an unknown member', { claims: {}, modle: 'x' }],
  ])('is 400 for %s', async (_name, body) => {
    const response = await admin.post('/auth/explain', body);
    expect([response.status, response.json.error.reason]).toEqual([400, 'request_invalid']);
  });

  it('is 403 for a caller that is not an administrator, and 401 for an anonymous one', async () => {
    const token = await issuer.sign({ email: 'a@acme.example', team: 'research' });
    const response = await new Client(gateway.url, token).post('/auth/explain', { claims: {} });
    expect([response.status, response.json.error.reason]).toEqual([403, 'route_not_allowed']);
    const anonymous = await new Client(gateway.url, null).post('/auth/explain', { claims: {} });
    expect(anonymous.status).toBe(401);
  });
});
