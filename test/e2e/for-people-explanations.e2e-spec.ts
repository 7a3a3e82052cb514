import type { DecisionRecord } from '#libs/auth';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer, type TestClaims } from '#support/issuer';

const PERSON = { sub: 'alice', email: 'a@acme.example', team: 'research' };

describe('the explanation of a refused token', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({ issuer, upstreamUrl: upstream.url });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  async function explained(claims: TestClaims): Promise<DecisionRecord> {
    const token = await issuer.sign({ ...PERSON, ...claims });
    const response = await Client.admin(gateway.url).post<DecisionRecord>('/auth/explain', {
      token,
    });
    expect(response.status).toBe(200);
    return response.json;
  }

  function refusalOf({ steps }: DecisionRecord): DecisionRecord['steps'][number] | undefined {
    return steps.find(({ outcome }) => outcome === 'refused');
  }

  it.each<[string, TestClaims, string]>([
    ['no audience', { aud: null }, 'the token has no audience'],
    ['the audience of every client', { aud: 'account' }, 'is not the configured one'],
    ['the audience in capitals', { aud: 'GATEHOUSE-TESTS' }, 'only in letter case'],
  ])('with %s says so, and never advises to accept `account`', async (_what, claims, detail) => {
    const record = await explained(claims);
    expect(record).toMatchObject({ allowed: false, status: 401, reason: 'token_invalid' });
    expect(refusalOf(record)).toMatchObject({ config_key: 'JWT_AUDIENCE' });
    expect(refusalOf(record)?.detail).toContain(detail);
    expect(record.remedy).not.toMatch(/add the audience|(?<!never )accept `account`/);
  });

  it.each<[string, (issuer: string) => string, string]>([
    ['scheme', (text) => text.replace('http:', 'https:'), 'scheme'],
    ['port', (text) => text.replace(/\d+$/, '1'), 'port'],
    ['path', (text) => `${text}/realms/staff`, 'path'],
    ['closing slash', (text) => `${text}/`, 'slash at the end, which only the token has'],
  ])('whose issuer differs in its %s says so', async (_what, changed, part) => {
    const iss = changed(issuer.issuer);
    const record = await explained({ iss });
    expect(record).toMatchObject({ status: 401, reason: 'issuer_unknown' });
    expect(refusalOf(record)).toMatchObject({
      detail: `issuer_unknown: the issuer of the token differs from the configured one in its ${part}`,
      config_key: 'JWT_ISSUER',
    });
    expect(JSON.stringify(record)).not.toContain(iss);
  });

  it('is for administrators: the caller gets the same sentence for every token', async () => {
    const tokens = await Promise.all([
      issuer.sign({ ...PERSON, aud: null }),
      issuer.sign({ ...PERSON, aud: 'account' }),
      issuer.sign({ ...PERSON, iss: `${issuer.issuer}/` }),
      issuer.sign({ ...PERSON, iss: 'https://evil.example' }),
    ]);
    const responses = await Promise.all(
      tokens.map((token) => new Client(gateway.url, token).chat()),
    );
    const messages = responses.map(({ text }) => (JSON.parse(text) as ErrorBody).error.message);
    expect(new Set(messages).size).toBe(1);
    expect(messages.join()).not.toMatch(/audience|slash|JWT_/);
  });
});

describe('the explanation of a missing team or role', () => {
  let issuer: TestIssuer;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    const jwtauth = `
    user_id_jwt_field: sub
    team_id_jwt_field: client_id
    enforce_rbac: true
    user_roles_jwt_field: realm_access.roles
    user_allowed_roles: [llm-user]
    user_id_upsert: true`;
    gateway = await startGateway({ issuer, upstreamUrl: 'http://127.0.0.1:9', jwtauth });
  });

  afterAll(async () => {
    await gateway.stop();
    await issuer.stop();
  });

  const userRoles = (...roles: readonly string[]) => ({ realm_access: { roles } });

  it.each<[TestClaims, string, string]>([
    [
      { azp: 'portal' },
      'role_missing: the token gives its bearer no role: the claim `realm_access.roles` is absent',
      'into the claim `realm_access.roles`',
    ],
    [
      { realm_access: { roles: 'other' } },
      'role_missing: the token gives its bearer no role: the claim `realm_access.roles` holds roles, of which none counts',
      'user_allowed_roles',
    ],
    [
      { ...userRoles('llm-user'), azp: 'portal' },
      'team_required: the token lacks the claim that names its team: the claim `client_id` is absent, but there is a claim `azp`',
      'set `general_settings.litellm_jwtauth.team_id_jwt_field` to `azp`',
    ],
    [
      { ...userRoles('llm-user'), groups: ['portal'] },
      'team_required: the token lacks the claim that names its team: the claim `client_id` is absent, but there is a claim `groups`',
      'team_ids_jwt_field` to `groups`',
    ],
  ])('of %j names the claims', async (claims, detail, remedy) => {
    const token = await issuer.sign(claims);
    const { json } = await Client.admin(gateway.url).post<DecisionRecord>('/auth/explain', {
      token,
    });
    expect(json.status).toBe(403);
    expect(json.steps.find(({ outcome }) => outcome === 'refused')).toMatchObject({ detail });
    expect(json.remedy).toContain(remedy);
    expect(JSON.stringify(json)).not.toMatch(/portal|"other/);
    const { text } = await new Client(gateway.url, token).chat();
    expect(text).not.toMatch(/realm_access|azp|groups/);
  });
});

interface ErrorBody {
  readonly error: { readonly message: string };
}
