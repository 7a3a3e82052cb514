import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startFromFile } from '#support/file-gateway';
import type { TestGateway } from '#support/gateway';
import { GUIDE_EXAMPLES, GUIDE_MODEL, GUIDE_MODELS, withApiBase } from '#support/guide-examples';
import { KeycloakRealm } from '#support/keycloak';

/** Configurations of the published guides, with the tokens of a real Keycloak realm. */
describe('with tokens of Keycloak', () => {
  let realm: KeycloakRealm;
  let upstream: FakeUpstream;
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    realm = await KeycloakRealm.fresh();
    upstream = await startFakeUpstream();
    await realm.service('my-project');
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(() => upstream.close());

  const start = async (text: string, audience: string | null = null): Promise<void> => {
    gateway = await startFromFile(text, {
      ...realm.environment(audience),
      AZURE_API_BASE: upstream.url,
      AZURE_API_KEY: 'deployment-key',
      OPENAI_API_KEY: 'deployment-key',
      ANTHROPIC_API_KEY: 'deployment-key',
    });
  };
  const withToken = (token: string): Client => new Client(gateway?.url ?? '', token);
  const project = async (): Promise<Client> =>
    withToken((await realm.clientCredentials('my-project')).access_token);
  const administrator = async (): Promise<Client> =>
    withToken(
      (await realm.clientCredentials('gatehouse-admin', 'gatehouse-admin-demo')).access_token,
    );
  const alice = async (): Promise<Client> => withToken((await realm.alice()).access_token);
  const outcome = async (client: Client, model: string): Promise<string> => {
    const { status, json } = await client.chat('hello', { model });
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  };

  it('the JWT-auth guide: the admin scope makes a team, a project chats, a block refuses it', async () => {
    await start(GUIDE_EXAMPLES.A1);
    const admin = await administrator();
    const caller = await project();
    expect((await caller.post('/team/new', { team_id: 'mine' })).status).toBe(403);
    expect((await admin.post('/team/new', { team_id: 'my-project' })).status).toBe(200);
    expect(await outcome(caller, GUIDE_MODEL)).toBe('200');
    await admin.post('/team/block', { team_id: 'my-project' });
    expect(await outcome(caller, GUIDE_MODEL)).toBe('403 team_blocked');
    await admin.post('/team/unblock', { team_id: 'my-project' });
    expect(await outcome(caller, GUIDE_MODEL)).toBe('200');
  });

  it('the first guide: routes of everybody who is not an administrator', async () => {
    await start(`${GUIDE_EXAMPLES.B1}${GUIDE_MODELS}`);
    expect(await outcome(await project(), GUIDE_MODEL)).toBe('200');
    expect((await (await project()).get('/v1/models')).status).toBe(403);
  });

  it('the custom-JWT guide: issuer and audience must match, claims name user and team', async () => {
    const text = withApiBase(GUIDE_EXAMPLES.C1, `${upstream.url}/v1`)
      .replace('https://your-auth-provider.com/.well-known/jwks.json', realm.endpoint('certs'))
      .replace('https://your-auth-provider.com', realm.issuer);
    await start(text);
    expect(await outcome(await alice(), 'gpt-4')).toBe('401 token_invalid');
    await gateway?.stop();
    await start(text.replace('"litellm-proxy"', '"gatehouse"'));
    expect(await outcome(await alice(), 'gpt-4')).toBe('200');
  });

  describe('the model-access guide', () => {
    const rolesAt = (field: string): string =>
      withApiBase(GUIDE_EXAMPLES.D1, `${upstream.url}/v1`)
        .replace('"roles"', JSON.stringify(field))
        .replaceAll(/model: (claude|gpt)/g, 'model: openai/$1');

    it.each(['roles', 'realm_access.roles', 'resource_access.gatehouse-cli.roles'])(
      'opens the models of a role to those who have it, and refuses everyone else: %s',
      async (field) => {
        await flatRoles();
        await start(rolesAt(field));
        expect(await outcome(await alice(), 'anthropic-claude')).toBe('200');
        expect(await outcome(await alice(), 'openai-gpt-4o')).toBe('403 model_not_allowed');
        expect(await outcome(await project(), 'anthropic-claude')).toBe('403 role_missing');
      },
    );
  });

  /** A mapper with a flat claim, as the guide's token has it. */
  async function flatRoles(): Promise<void> {
    const scopes = await realm.admin<{ id: string; name: string }[]>('GET', '/client-scopes');
    const scope = scopes.find(({ name }) => name === 'gatehouse');
    const mapper = {
      name: 'flat roles',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-usermodel-realm-role-mapper',
      config: { 'claim.name': 'roles', multivalued: 'true', 'access.token.claim': 'true' },
    };
    const path = `/client-scopes/${String(scope?.id)}/protocol-mappers/models`;
    await realm.admin('POST', path, mapper).catch(() => null);
  }

  it('groups are teams, by the preset and by LiteLLM’s key', async () => {
    const preset = `${GUIDE_MODELS}
general_settings:
  master_key: sk-1234
  enable_jwt_auth: true
  litellm_jwtauth: { user_id_upsert: true }
gatehouse:
  issuers:
    - preset: keycloak
      url: ${realm.issuer.replace(/\/realms\/.*/, '')}
      realm: gatehouse
      audience: gatehouse
`;
    await start(preset);
    const master = withToken('sk-1234');
    expect(await outcome(await alice(), GUIDE_MODEL)).toBe('403 team_unknown');
    await master.post('/team/new', { team_id: 'teams/research' });
    expect(await outcome(await alice(), GUIDE_MODEL)).toBe('200');
    await master.post('/team/block', { team_id: 'teams/research' });
    expect(await outcome(await alice(), GUIDE_MODEL)).toBe('403 team_blocked');
    await gateway?.stop();
    await start(
      GUIDE_EXAMPLES.A1.replace(
        'enable_jwt_auth: True',
        'enable_jwt_auth: True\n  litellm_jwtauth:\n    team_ids_jwt_field: groups\n    user_id_jwt_field: sub\n    user_id_upsert: true',
      ),
    );
    await withToken('sk-1234').post('/team/new', { team_id: '/teams/research' });
    expect(await outcome(await alice(), GUIDE_MODEL)).toBe('200');
  });
});
