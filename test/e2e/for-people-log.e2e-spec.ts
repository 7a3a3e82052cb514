import { JsonLogger } from '#gateway/logging/json-logger';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';

interface Line {
  readonly level: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

describe('the request log', () => {
  const lines: Line[] = [];
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let token: string;

  beforeAll(async () => {
    jest.spyOn(JsonLogger.prototype, 'record').mockImplementation((level, message, facts) => {
      if (message === 'request') lines.push({ level, facts });
    });
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
    const admin = Client.admin(gateway.url);
    await admin.post('/organization/new', { organization_id: 'acme', organization_alias: 'Acme' });
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/team/new', { team_id: 'sales', models: ['another-model'] });
    token = await issuer.sign({
      sub: 'alice',
      email: 'a@acme.example',
      team: 'research',
      org: 'acme',
    });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    jest.restoreAllMocks();
  });

  async function lineOf(response: { readonly headers: Headers }): Promise<Line> {
    const id = response.headers.get('x-request-id');
    return eventually(() => {
      const line = lines.find(({ facts }) => facts['requestId'] === id);
      if (line === undefined) throw new Error('the line has not been written');
      return line;
    });
  }

  it('says of a relayed call who called what, what it used and what it cost', async () => {
    const behaviour = upstream.behaviour({ promptTokens: 10, completionTokens: 3 });
    const line = await lineOf(await new Client(gateway.url, token).chat('hello', behaviour));
    expect(line).toMatchObject({
      level: 'info',
      facts: {
        route: '/v1/chat/completions',
        status: 200,
        reason: null,
        user: 'alice',
        team: 'research',
        organisation: 'acme',
        keyId: null,
        model: 'test-model',
        inputTokens: 10,
        outputTokens: 3,
        costUsd: 0.00003561,
        clientAddress: '127.0.0.1',
      },
    });
    expect(line.facts).not.toHaveProperty('path');
  });

  it('says the same of a stream and of a call with a virtual key', async () => {
    const behaviour = upstream.behaviour({ promptTokens: 10, completionTokens: 3 });
    const streamed = await new Client(gateway.url, token).chat('hello', {
      ...behaviour,
      stream: true,
    });
    expect((await lineOf(streamed)).facts).toMatchObject({ inputTokens: 10, outputTokens: 3 });
    const made = await Client.admin(gateway.url).post<{ key: string; token: string }>(
      '/key/generate',
      { team_id: 'research', models: ['test-model'] },
    );
    const line = await lineOf(
      await new Client(gateway.url, made.json.key).chat('hello', behaviour),
    );
    expect(line.facts).toMatchObject({ team: 'research', model: 'test-model', status: 200 });
    expect(line.facts['keyId']).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(line)).not.toContain(made.json.key);
  });

  it('names the caller and the model of a refused call, and no model that is not configured', async () => {
    const stranger = await issuer.sign({ sub: 'bob', email: 'b@acme.example', team: 'sales' });
    const refused = await lineOf(await new Client(gateway.url, stranger).chat());
    expect(refused).toMatchObject({
      level: 'warn',
      facts: { status: 403, user: 'bob', model: 'test-model', inputTokens: null, costUsd: null },
    });
    const unknown = await lineOf(
      await new Client(gateway.url, stranger).chat('hello', { model: 'a private text' }),
    );
    expect(unknown.facts).toMatchObject({ status: 403, model: null });
  });

  it('names no caller where the credential was not verified', async () => {
    const expired = await issuer.sign({
      sub: 'alice',
      email: 'a@acme.example',
      team: 'research',
      exp: 1,
    });
    const line = await lineOf(await new Client(gateway.url, expired).chat());
    expect(line).toMatchObject({
      level: 'warn',
      facts: { status: 401, user: null, team: null, organisation: null, keyId: null },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no audience', { aud: null }, 'token_invalid: the token has no audience'],
    ['another issuer', { iss: 'https://x.example' }, 'issuer_unknown: no configured issuer is the'],
    [
      'no team',
      { team: null },
      'team_required: the token lacks the claim that names its team: the',
    ],
    ['another domain', { email: 'b@other.example' }, 'email_domain_not_allowed: the domain of the'],
    ['an unknown team', { team: 'secret-team' }, 'team_unknown'],
  ])('explains the refusal of a token with %s, without ids', async (_what, claims, sentence) => {
    const person = { sub: 'carol', email: 'c@acme.example', team: 'research' };
    const refused = await issuer.sign({ ...person, ...claims });
    const { facts } = await lineOf(await new Client(gateway.url, refused).chat());
    const explanation = String(facts['explanation']);
    expect(explanation.startsWith(sentence)).toBe(true);
    expect(explanation.startsWith(String(facts['reason']))).toBe(true);
    expect(explanation).not.toMatch(/secret-team|other\.example|x\.example|carol/);
  });

  it.each([
    ['/v1/embedings?api_key=sk-secret', '/v1/embedings'],
    ['/key/sk-secret/show', '/key/sk-.../show'],
    [`/v1/${'x'.repeat(80)}`, '/v1/...'],
  ])('says which path was asked for where there is no route: %s', async (target, path) => {
    const line = await lineOf(await Client.admin(gateway.url).get(target));
    expect(line).toMatchObject({ level: 'warn', facts: { route: null, path, status: 404 } });
  });

  it('writes an upstream’s failure as an error and a probe at debug', async () => {
    const failing = upstream.behaviour({ status: 500 });
    const failed = await lineOf(await new Client(gateway.url, token).chat('hello', failing));
    expect(failed).toMatchObject({ level: 'error', facts: { status: 500, user: 'alice' } });
    const probe = await lineOf(await new Client(gateway.url, null).get('/health/readiness'));
    expect(probe).toMatchObject({ level: 'debug', facts: { route: '/health/readiness' } });
  });
});
