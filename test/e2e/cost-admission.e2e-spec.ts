import { Test } from '@nestjs/testing';
import { OfflineForecastModule } from '#gateway/application/forecast.module';
import { AccessExplainer, type DecisionRecord } from '#libs/auth';
import { GatehouseError } from '#libs/common';
import { settingsFromYaml } from '#libs/config';
import { Given, OfflineModule, RowBook } from '#libs/offline';
import { CostAdmission } from '#libs/spend';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { AUDIENCE, TestIssuer } from '#support/issuer';
import { rowCounts } from '#support/row-counts';
import { ScriptedCostAdmission } from '#support/scripted-cost-admission';

const BUDGETS = [{ scope: 'team', id: 'research', remainingPico: 0n }] as const;
const REFUSED = {
  allowed: true,
  status: 422,
  reason: 'budget_exceeded',
  principal: { user_id: 'newcomer', team_id: 'research' },
  remaining_budgets: [{ scope: 'team', id: 'research', remaining_usd: '0.000000000000' }],
  remedy: 'raise the budget, or wait until it resets',
};

describe('a cost admission that refuses', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let costs: ScriptedCostAdmission;
  let token: string;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    token = await issuer.sign({
      sub: 'newcomer',
      email: 'newcomer@acme.example',
      team: 'research',
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  beforeEach(() => {
    costs = new ScriptedCostAdmission();
    costs.refusal = new GatehouseError('budget_exceeded');
    costs.budgets = BUDGETS;
    const own = gateway.gateway.app.get(CostAdmission);
    jest.spyOn(own, 'admit').mockImplementation((request) => costs.admit(request));
    jest.spyOn(own, 'wouldRefuse').mockImplementation((request) => costs.wouldRefuse(request));
    jest.spyOn(own, 'remaining').mockImplementation((scopes) => costs.remaining(scopes));
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('leaves no row of a first call, and its refusal and budgets are in the decision', async () => {
    const before = await rowCounts(gateway);
    const response = await new Client(gateway.url, token).chat();
    expect([response.status, response.json.error.reason]).toEqual([422, 'budget_exceeded']);
    expect(await rowCounts(gateway)).toEqual(before);
    expect(upstream.records).toEqual([]);
    const id = response.headers.get('x-gatehouse-decision-id') ?? '';
    const decision = await Client.admin(gateway.url).get<DecisionRecord>(`/decisions/${id}`);
    expect(decision.json).toMatchObject(REFUSED);
  });

  it('is asked by an explanation, which reserves nothing', async () => {
    const question = { token, model: 'test-model' };
    const admin = Client.admin(gateway.url);
    expect((await admin.post<DecisionRecord>('/auth/explain', question)).json).toMatchObject(
      REFUSED,
    );
    const [asked] = costs.questions;
    expect(asked).toMatchObject({
      attribution: { userId: 'newcomer', teamId: 'research' },
      modelGroup: 'test-model',
      outputTokensBound: null,
    });
    expect([...(asked?.bounds.values() ?? [])]).toEqual([50_000_000_000n]);
    expect(costs.attributions).toEqual([asked?.attribution]);
    costs.refusal = null;
    const { json } = await admin.post<DecisionRecord>('/auth/explain', question);
    expect(json).toMatchObject({ allowed: true, status: 200, reason: null, remedy: null });
    expect(costs.requests).toEqual([]);
  });

  it('is asked for no call that a guard refuses, and for none that calls no model', async () => {
    const admin = Client.admin(gateway.url);
    const explain = (question: object) =>
      admin.post<DecisionRecord>('/auth/explain', { token, ...question });
    const refused = await explain({ route: '/team/new' });
    expect(refused.json).toMatchObject({ status: 403, remaining_budgets: [] });
    const listing = await explain({ route: '/v1/models', method: 'GET' });
    expect(listing.json).toMatchObject({ status: 200, reason: null });
    expect(costs.questions).toEqual([]);
  });

  it('is asked by an explanation without a gateway', async () => {
    const yaml = `
model_list:
  - model_name: test-model
    litellm_params: { model: openai/gpt-4o, api_key: secret }
general_settings: { enable_jwt_auth: true, litellm_jwtauth: { team_id_jwt_field: team } }`;
    const env = { JWT_PUBLIC_KEY_URL: issuer.jwksUrl, JWT_AUDIENCE: AUDIENCE };
    const rows = new RowBook(new Given(), { assumesMissing: true });
    const offline = await Test.createTestingModule({
      imports: [OfflineModule.forRoot(settingsFromYaml(yaml, env), rows), OfflineForecastModule],
    })
      .overrideProvider(CostAdmission)
      .useValue(costs)
      .compile();
    const record = await offline.get(AccessExplainer, { strict: false }).explain({
      caller: { kind: 'token', token },
      method: 'POST',
      route: '/v1/chat/completions',
      body: { model: 'test-model' },
      headers: {},
    });
    await offline.close();
    expect(record).toMatchObject({ ...REFUSED, principal: { team_id: 'research' } });
    expect(costs.questions).toHaveLength(1);
    expect(costs.requests).toEqual([]);
  });
});
