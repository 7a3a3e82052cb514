import { inspect } from 'node:util';
import { JsonLogger } from '#gateway/logging/json-logger';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

const EMAIL = 'alice.of.the.secret@acme.example';
const JWTAUTH = `
    user_email_jwt_field: email
    team_id_jwt_field: team
    user_id_upsert: true
    user_allowed_email_domain: acme.example`;

describe('the log at its most talkative', () => {
  const lines: string[] = [];
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    const levels = ['record', 'log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const;
    for (const method of levels) {
      jest.spyOn(JsonLogger.prototype, method).mockImplementation((...line: unknown[]) => {
        lines.push(inspect(line, { depth: null, breakLength: Infinity }));
      });
    }
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: JWTAUTH,
      env: { LOG_LEVEL: 'trace' },
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    jest.restoreAllMocks();
  });

  it('tells the steps of admitted and refused calls, and neither claim, token nor prompt', async () => {
    await Client.admin(gateway.url).post('/team/new', { team_id: 'research' });
    const token = await issuer.sign({ email: EMAIL, team: 'research' });
    const stranger = await issuer.sign({ email: EMAIL, team: 'unknown-team' });
    const expired = await issuer.sign({ email: EMAIL, team: 'research', exp: 1 });
    const prompt = 'a confidential prompt';
    const calls = [token, stranger, expired].map((one) =>
      new Client(gateway.url, one).chat(prompt),
    );
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses).toEqual([200, 403, 401]);
    await eventually(() => {
      const told = lines.join('\n');
      expect(told.match(/'request'/g)?.length).toBeGreaterThanOrEqual(4);
      expect(told).toContain('validation step');
      expect(told).toContain('team_unknown');
      expect(told).toContain('token_expired');
    });
    const secrets = [EMAIL, prompt, ...[token, stranger, expired].flatMap((one) => one.split('.'))];
    for (const secret of secrets) expect(lines.join('\n')).not.toContain(secret);
  });
});
