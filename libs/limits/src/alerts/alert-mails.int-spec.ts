import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import {
  aLimitedCustomer,
  aTeamOfLimitedMembers,
  spendNow,
  twoAlertReplicas,
  type AlertReplicas,
} from '#support/alert-replicas';
import { aCertificate, aTestAuthority } from '#support/certificate';
import { describeOnEachDatabase } from '#support/each-database';
import { freePort } from '#support/free-port';
import { startMailServer, type MailServer, type MailServerWish } from '#support/mail-server';
import { ManualClock } from '#support/manual-clock';
import { AN_ADMIN, openManagement, type ManagementHarness } from '#support/management';
import type { Limits } from '#libs/access';
import { pairId } from '#libs/spend';

const LOGIN = { user: 'gatehouse-login', pass: 'smtp-s3cret' };
const FINANCE = 'finance@acme.example';
const LIMITS: Limits = {
  budgets: [{ maxBudget: '10', duration: null, since: '2026-01-01T00:00:00.000Z' }],
  hasMainBudget: true,
};

describeOnEachDatabase('alerts by mail', (freshDatabase) => {
  let harness: ManagementHarness;
  let authorityFile: string;
  const authority = aTestAuthority();
  const clock = new ManualClock(Date.parse('2026-03-15T10:00:00Z'));
  const ends: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    harness = await openManagement(await freshDatabase());
    authorityFile = join(await mkdtemp(join(tmpdir(), 'gatehouse-mail-')), 'ca.pem');
    writeFileSync(authorityFile, authority.cert);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await harness.database.write(({ manager }) => manager.query('DELETE FROM spend_quarters'));
  });
  afterAll(() => harness.close());

  const aServer = async (wish: MailServerWish = {}): Promise<MailServer> => {
    const server = await startMailServer(wish);
    ends.push(() => server.close());
    return server;
  };
  const replicasFor = (email: string): AlertReplicas => {
    const replicas = twoAlertReplicas(
      harness,
      clock,
      `litellm_settings: { ssl_verify: "${authorityFile}" }
gatehouse: { alerts: { thresholds: [80], timeout_seconds: 2, email: { from: gw@acme.example, ${email} } } }`,
    );
    ends.push(() => replicas.close());
    return replicas;
  };
  const plainly = ({ port }: Pick<MailServer, 'port'>) =>
    `host: 127.0.0.1, port: ${String(port)}, tls: none, to: [${FINANCE}]`;
  const spend = (scope: string, id: string) => spendNow(harness, clock, [scope, id, '8']);
  const customer = async (endUserId: string): Promise<string> => {
    await aLimitedCustomer(harness, endUserId, LIMITS);
    await spend('end_user', endUserId);
    return endUserId;
  };
  const user = async (email: string | null): Promise<string> => {
    const userId = `user:${randomUUID()}`;
    await harness.database.write((unit) =>
      harness.users.create(unit, userId, { email, limits: LIMITS }, AN_ADMIN),
    );
    await spend('user', userId);
    return userId;
  };
  const recipientsOf = ({ mails }: MailServer, id: string) =>
    mails.filter(({ source }) => decoded(source).includes(id)).map(({ to }) => to.join());

  it('go once to the fixed recipients, by two replicas that look at the same time', async () => {
    const server = await aServer();
    const id = await customer(randomUUID());
    const replicas = replicasFor(plainly(server));
    await replicas.run();
    await replicas.run();
    expect(recipientsOf(server, id)).toEqual([FINANCE]);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ from: 'gw@acme.example', user: null });
    expect(decoded(mail?.source ?? '')).toContain(
      `The customer ${id} has reached 80 % of its budget`,
    );
    expect(mail?.source).toMatch(/^Message-ID: <[0-9a-f-]{36}@acme\.example>\r$/m);
  });

  it('about the budget of a user go to that user, too, in a mail of its own', async () => {
    const server = await aServer();
    const alice = `alice.${randomUUID()}@acme.example`;
    const [known, unknown, odd] = [
      await user(alice),
      await user(null),
      await user('a@acme.example, b@acme.example'),
    ];
    await replicasFor(plainly(server)).run();
    expect(recipientsOf(server, known).sort()).toEqual([alice, FINANCE].sort());
    expect(recipientsOf(server, unknown)).toEqual([FINANCE]);
    expect(recipientsOf(server, odd)).toEqual([FINANCE]);
  });

  it('about memberships go to the member', async () => {
    const server = await aServer();
    const email = `member.${randomUUID()}@acme.example`;
    const userId = await user(email);
    const teamId = `team:${randomUUID()}`;
    await aTeamOfLimitedMembers(harness, teamId, LIMITS);
    const id = pairId(teamId, userId);
    await spend('team_member', id);
    await replicasFor(plainly(server)).run();
    expect(recipientsOf(server, id).sort()).toEqual([FINANCE, email].sort());
  });

  it('go to a fixed recipient once, also where it is the user', async () => {
    const server = await aServer();
    const id = await user(FINANCE);
    await replicasFor(plainly(server)).run();
    expect(recipientsOf(server, id)).toEqual([FINANCE]);
  });

  it('come when the mail server is back, and then once', async () => {
    const port = Number(await freePort());
    const id = await customer(randomUUID());
    const replicas = replicasFor(plainly({ port }));
    await replicas.run();
    const server = await aServer({ port });
    clock.advance(20);
    await replicas.run();
    expect(recipientsOf(server, id)).toEqual([FINANCE]);
    clock.advance(60 * 60);
    await replicas.run();
    expect(recipientsOf(server, id)).toEqual([FINANCE]);
  });

  it('reach the other recipients where one is refused for ever', async () => {
    const server = await aServer({ refused: ['gone@acme.example'] });
    const id = await customer(randomUUID());
    const replicas = replicasFor(plainly(server).replace(FINANCE, `gone@acme.example, ${FINANCE}`));
    await replicas.run();
    clock.advance(20);
    await replicas.run();
    expect(recipientsOf(server, id)).toEqual([FINANCE]);
  });

  it.each([
    ['STARTTLS', false, 'starttls'],
    ['TLS from the first byte on', true, 'implicit'],
  ])('log in over %s to a server whose certificate is trusted', async (_, isImplicit, tls) => {
    const certificate = aCertificate({ host: 'localhost', issuer: authority });
    const server = await aServer({ login: LOGIN, certificate, isImplicit });
    const id = await customer(randomUUID());
    await replicasFor(withLogin(server, tls)).run();
    expect(recipientsOf(server, id)).toEqual([FINANCE]);
    expect(server.mails[0]).toMatchObject({ user: LOGIN.user, isSecure: true });
  });

  it.each([
    ['has no TLS', undefined],
    ['has a certificate that nothing trusts', aCertificate({ host: 'localhost' })],
  ])('are not sent to a server that %s, and the password neither', async (_, certificate) => {
    const server = await aServer({ login: LOGIN, ...(certificate && { certificate }) });
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    await customer(randomUUID());
    await replicasFor(withLogin(server, 'starttls')).run();
    expect(server.mails).toEqual([]);
    expect(JSON.stringify(warned.mock.calls)).toContain('the mail server did not take it');
    warned.mockRestore();
  });

  it('log neither password nor what the server said when the login is refused', async () => {
    const server = await aServer({ login: { ...LOGIN, pass: 'another' } });
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    await customer(randomUUID());
    await replicasFor(withLogin(server, 'none')).run();
    const logged = JSON.stringify(warned.mock.calls);
    expect(logged).toContain('the mail server did not take it (EAUTH 535)');
    for (const secret of [LOGIN.user, LOGIN.pass, FINANCE]) expect(logged).not.toContain(secret);
    warned.mockRestore();
  });

  it('have no header or line that an id brings', async () => {
    const server = await aServer();
    const id = `${randomUUID()}\r\nBcc: eve@evil.example\r\n\r\nCall us\u2028now\u0000 ${'x'.repeat(200)}`;
    await customer(id.replace('\u0000', '\u0001'));
    await replicasFor(plainly(server)).run();
    expect(server.mails.map(({ to }) => to)).toEqual([[FINANCE]]);
    const source = server.mails[0]?.source ?? '';
    const headers = source.slice(0, source.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
    const names = headers.split('\r\n').map((line) => line.split(':')[0]?.toLowerCase());
    expect(names.sort()).toEqual(
      ['auto-submitted', 'content-transfer-encoding', 'content-type', 'date', 'from']
        .concat('message-id', 'mime-version', 'subject', 'to')
        .sort(),
    );
    expect(decoded(source)).not.toMatch(/^(Bcc|Call us)/m);
  });
});

function withLogin({ port }: MailServer, tls: string): string {
  return `host: localhost, port: ${String(port)}, tls: ${tls}, to: [${FINANCE}], username: ${LOGIN.user}, password: ${LOGIN.pass}`;
}

/** Quoted-printable (RFC 2045 section 6.7). */
function decoded(source: string): string {
  return source
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
}
