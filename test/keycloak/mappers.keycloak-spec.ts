import { decodeJwt } from 'jose';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFromFile } from '#support/file-gateway';
import { MASTER_KEY, type TestGateway } from '#support/gateway';
import { KeycloakRealm, type Representation } from '#support/keycloak';

const OIDC = { protocol: 'openid-connect' };
const SCOPES = ['basic', 'profile', 'email', 'roles', 'gatehouse'];
const ALICE = {
  username: 'alice',
  enabled: true,
  email: 'alice@acme.example',
  emailVerified: true,
  firstName: 'Alice',
  lastName: 'Example',
  credentials: [{ type: 'password', value: 'alice-demo', temporary: false }],
};

/** What docs/how-to/use-keycloak.md has an operator click, in a realm as Keycloak makes it. */
describe('in a new realm of Keycloak', () => {
  let realm: KeycloakRealm;
  let upstream: FakeUpstream;
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    realm = await KeycloakRealm.fresh({
      realm: 'plain',
      enabled: true,
      organizationsEnabled: true,
      roles: { realm: [{ name: 'llm-admins' }] },
      users: [ALICE],
    });
    await scope('gatehouse', 'false', [
      {
        ...OIDC,
        name: 'audience',
        protocolMapper: 'oidc-audience-mapper',
        config: {
          'included.custom.audience': 'gatehouse',
          'access.token.claim': 'true',
          'lightweight.claim': 'true',
        },
      },
    ]);
    await scope('litellm_proxy_admin', 'true', []);
    await realm.client({
      clientId: 'people',
      publicClient: true,
      directAccessGrantsEnabled: true,
      defaultClientScopes: SCOPES,
      optionalClientScopes: ['organization', 'litellm_proxy_admin'],
    });
    await realm.service('my-project', { defaultClientScopes: SCOPES });
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(() => upstream.close());

  const scope = (name: string, isInScope: string, protocolMappers: readonly Representation[]) =>
    realm.admin('POST', '/client-scopes', {
      ...OIDC,
      name,
      attributes: { 'include.in.token.scope': isInScope },
      protocolMappers,
    });
  const start = async (jwtauth: string): Promise<void> => {
    const text = `
model_list:
  - model_name: test-model
    litellm_params: { model: openai/test-model, api_base: ${upstream.url}/v1, api_key: secret }
general_settings:
  master_key: ${MASTER_KEY}
  enable_jwt_auth: true
  litellm_jwtauth: { ${jwtauth} }
`;
    gateway = await startFromFile(text, realm.environment());
  };
  const withToken = (token: string): Client => new Client(gateway?.url ?? '', token);
  const outcome = async (token: string): Promise<string> => {
    const { status, json } = await withToken(token).chat();
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  };
  const robot = async (): Promise<string> =>
    (await realm.clientCredentials('my-project')).access_token;

  it('a service account has azp and client_id, and either can name its team', async () => {
    expect(decodeJwt(await robot())).toMatchObject({ azp: 'my-project', client_id: 'my-project' });
    expect(decodeJwt((await realm.alice('people')).access_token)).not.toHaveProperty('client_id');
    await start('user_id_jwt_field: sub, user_id_upsert: true, team_id_jwt_field: azp');
    expect(await outcome(await robot())).toBe('403 team_unknown');
    const master = Client.admin(gateway?.url ?? '');
    await master.post('/team/new', { team_id: 'my-project' });
    expect(await outcome(await robot())).toBe('200');
  });

  it('a lightweight token of a service account has sub and azp, which names its team; client_id does not', async () => {
    const attributes = { 'client.use.lightweight.access.token.enabled': 'true' };
    await realm.service('light-project', { defaultClientScopes: SCOPES, attributes });
    const { access_token: token } = await realm.clientCredentials('light-project');
    expect(decodeJwt(token)).toMatchObject({ sub: expect.any(String), azp: 'light-project' });
    for (const left of ['client_id', 'preferred_username', 'email', 'realm_access'])
      expect(decodeJwt(token)).not.toHaveProperty(left);
    await start('user_id_jwt_field: sub, user_id_upsert: true, team_id_jwt_field: client_id');
    expect(await outcome(token)).toBe('403 team_required');
    await gateway?.stop();
    await start('user_id_jwt_field: sub, user_id_upsert: true, team_id_jwt_field: azp');
    await Client.admin(gateway?.url ?? '').post('/team/new', { team_id: 'light-project' });
    expect(await outcome(token)).toBe('200');
    await gateway?.stop();
    await start(
      'user_id_jwt_field: sub, user_id_upsert: true, user_roles_jwt_field: realm_access.roles, user_allowed_roles: [default-roles-plain], enforce_rbac: true',
    );
    expect(await outcome(token)).toBe('403 role_missing');
    expect(await outcome(await robot())).toBe('200');
  });

  it('a service account passes beside an email domain once it has an address', async () => {
    await start(
      'user_id_jwt_field: sub, user_id_upsert: true, user_email_jwt_field: email, user_allowed_email_domain: acme.example',
    );
    expect(await outcome((await realm.alice('people')).access_token)).toBe('200');
    expect(await outcome(await robot())).toBe('403 email_domain_not_allowed');
    const name = 'service-account-my-project';
    const [user] = await realm.admin<{ id: string }[]>('GET', `/users?username=${name}&exact=true`);
    const path = `/users/${String(user?.id)}`;
    const account = await realm.admin('GET', path);
    await realm.admin('PUT', path, { ...account, email: 'robot@acme.example' });
    expect(await outcome(await robot())).toBe('200');
  });

  it('the organisation of a person is in the token that asks for it', async () => {
    const domains = [{ name: 'acme.example' }];
    await realm.admin('POST', '/organizations', { name: 'acme', alias: 'acme', domains });
    const [organisation] = await realm.admin<{ id: string }[]>('GET', '/organizations');
    const [user] = await realm.admin<{ id: string }[]>('GET', '/users?username=alice');
    await realm.admin('POST', `/organizations/${String(organisation?.id)}/members`, user?.id);
    const { access_token: token } = await realm.alice('people', 'openid organization');
    expect(decodeJwt(token)['organization']).toEqual(['acme']);
    await start('user_id_jwt_field: sub, user_id_upsert: true, org_id_jwt_field: organization');
    expect(await outcome(token)).toBe('403 org_unknown');
    const master = Client.admin(gateway?.url ?? '');
    const made = { organization_id: 'acme', organization_alias: 'acme', models: ['test-model'] };
    expect((await master.post('/organization/new', made)).status).toBe(200);
    expect(await outcome(token)).toBe('200');
  });

  it('the admin scope is for those who have its role', async () => {
    const scopes = await realm.admin<{ id: string; name: string }[]>('GET', '/client-scopes');
    const id = scopes.find(({ name }) => name === 'litellm_proxy_admin')?.id ?? '';
    const role = await realm.admin('GET', '/roles/llm-admins');
    await realm.admin('POST', `/client-scopes/${id}/scope-mappings/realm`, [role]);
    await start('user_id_jwt_field: sub, user_id_upsert: true');
    const createTeam = async (team: string): Promise<number> => {
      const tokens = await realm.alice('people', 'openid litellm_proxy_admin');
      const response = await withToken(tokens.access_token).post('/team/new', { team_id: team });
      return response.status;
    };
    expect(await createTeam('one')).toBe(403);
    await realm.giveRole('alice', 'llm-admins');
    expect(await createTeam('two')).toBe(200);
  });
});
