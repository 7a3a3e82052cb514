import { randomUUID } from 'node:crypto';
import { startAlertReceiver, type AlertReceiver } from '#support/alert-receiver';
import {
  CENT_CALL,
  startBudgetedGateways,
  type BudgetedGateways,
} from '#support/budgeted-gateways';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startMailServer, type MailServer } from '#support/mail-server';
import { describeWithPostgres } from '#support/postgres';
import { startReplicas, type Replicas } from '#support/replicas';

const PATIENCE_MS = 40_000;

describeWithPostgres('alerts about budgets, from two replicas', (server) => {
  let receiver: AlertReceiver;
  let mailServer: MailServer;
  let replicas: Replicas;

  beforeAll(async () => {
    receiver = await startAlertReceiver();
    mailServer = await startMailServer();
    replicas = await startReplicas(server(), {
      gatehouse: `  alerts: { webhook: { url: "${receiver.url}/hook" }, slack: { url: "${receiver.url}/slack" },
    email: { host: 127.0.0.1, port: ${String(mailServer.port)}, tls: none, from: gw@acme.example, to: [finance@acme.example] } }\n`,
    });
  });

  afterAll(async () => {
    await replicas.stop();
    await receiver.close();
    await mailServer.close();
  });

  it(
    'reach the webhook, Slack and the mailbox once when calls have spent the soft budget of a customer',
    async () => {
      const user = randomUUID();
      const admin = Client.admin(replicas.first.url);
      await admin.post('/customer/new', { user_id: user, soft_budget: '0.000001' });
      const token = await replicas.issuer.sign({ email: 'alice@acme.example', team: 'research' });
      await admin.post('/team/new', { team_id: 'research' });
      for (const { url } of [replicas.first, replicas.second])
        expect((await new Client(url, token).chat('x', { user })).status).toBe(200);
      const about = (path: string) =>
        receiver.received.filter((one) => one.path === path && one.text.includes(user));
      const mails = () =>
        mailServer.mails.filter(({ source }) => source.includes(user.slice(0, 8)));
      await eventually(() => {
        const sent = [about('/hook').length, about('/slack').length, mails().length];
        expect(sent).toEqual([1, 1, 1]);
      }, PATIENCE_MS);
      const customer = { scope: 'end_user', scope_id: user, event_group: 'customer' };
      expect(mails()[0]?.to).toEqual(['finance@acme.example']);
      expect(about('/hook')[0]?.json).toMatchObject({ ...customer, event: 'soft_budget_crossed' });
    },
    PATIENCE_MS,
  );
});

describe('alerts about every budget that a call counts against', () => {
  let receiver: AlertReceiver;
  let budgeted: BudgetedGateways;

  beforeAll(async () => {
    receiver = await startAlertReceiver();
    budgeted = await startBudgetedGateways({
      gatehouse: `  alerts: { thresholds: [1], webhook: { url: "${receiver.url}/hook" } }\n`,
      library: `  max_budget: 1
router_settings: { provider_budget_config: { openai: { budget_limit: 1, time_period: 1d } } }`,
    });
  });
  afterAll(async () => {
    await budgeted.stop();
    await receiver.close();
  });

  it(
    'are sent once for each of its scopes',
    async () => {
      const { admin } = budgeted;
      const model_max_budget = { 'test-model': { budget_limit: 1, time_period: '1d' } };
      const limits = { max_budget: 1, model_max_budget };
      const made = async (path: string, body: object) => {
        const { status, json } = await admin.post<Record<string, unknown>>(path, body);
        expect({ path, status, error: json['error'] }).toEqual({ path, status: 200 });
        return json;
      };
      await made('/organization/new', {
        organization_id: 'acme',
        organization_alias: 'Acme',
        ...limits,
      });
      const team = { team_id: 'research', organization_id: 'acme' };
      await made('/team/new', { ...team, team_member_budget: 1, ...limits });
      await made('/user/new', { user_id: 'alice', auto_create_key: false, ...limits });
      await made('/customer/new', { user_id: 'shop', ...limits });
      await made('/tag/new', { name: 'ci', ...limits });
      const ids = { user_id: 'alice', team_id: 'research', organization_id: 'acme' };
      const key = String((await made('/key/generate', { ...ids, ...limits }))['key']);
      const call = { user: 'shop', metadata: { tags: ['ci'] }, ...CENT_CALL };
      expect((await budgeted.caller(0, key).chat('x', call)).status).toBe(200);
      const subjects = ['key', 'user', 'team', 'org', 'end_user', 'tag'];
      const scopes = [
        ...subjects.flatMap((scope) => [scope, `${scope}_model`]),
        ...['team_member', 'gateway', 'provider'],
      ];
      const seen = () => receiver.received.map(({ json }) => String(json['scope'])).sort();
      await eventually(() => {
        expect(seen()).toEqual(scopes.sort());
      }, PATIENCE_MS);
    },
    PATIENCE_MS + 10_000,
  );
});
