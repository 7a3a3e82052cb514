import { randomUUID } from 'node:crypto';
import { startAlertReceiver, type AlertReceiver } from '#support/alert-receiver';
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
