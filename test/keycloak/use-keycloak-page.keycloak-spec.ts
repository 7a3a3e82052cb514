import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { runOnFile, startFromFile } from '#support/file-gateway';
import { MASTER_KEY, type TestGateway } from '#support/gateway';
import { KeycloakRealm } from '#support/keycloak';
import { blocksOf, runBlocks, shownOf, skippedOf, type PageBlock } from '#support/page-scripts';

const PAGE = 'docs/how-to/use-keycloak.md';
const CONFIGURATIONS = shownOf(PAGE, 'yaml');
const [PRESET = '', ROLES = '', INTROSPECTION = ''] = CONFIGURATIONS;

function block(text: string): PageBlock {
  const found = blocksOf(PAGE).find(({ script }) => script.includes(text));
  if (found?.skipped !== null) throw new Error(`the page does not run ${text}`);
  return found;
}

describe(`${PAGE}, word for word`, () => {
  let realm: KeycloakRealm;
  let upstream: FakeUpstream;
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    realm = await KeycloakRealm.fresh();
    upstream = await startFakeUpstream();
    await realm.service('my-project');
    // Steps 1 and 2 of the page's section on lightweight tokens; the realm file has the mappers' switches.
    await realm.service('gatehouse');
    await realm.client({
      clientId: 'my-lightweight-client',
      publicClient: true,
      directAccessGrantsEnabled: true,
      attributes: { 'client.use.lightweight.access.token.enabled': 'true' },
    });
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(() => upstream.close());

  /** With the addresses of the page replaced by those of the test's server, and a model. */
  const start = async (configuration: string): Promise<void> => {
    const server = realm.issuer.replace(/\/realms\/.*/, '');
    const text = configuration
      .replaceAll('https://sso.example.com/realms/staff', realm.issuer)
      .replaceAll('https://sso.example.com', server)
      .replaceAll('realm: staff', 'realm: gatehouse');
    const model = `
model_list:
  - model_name: small-model
    litellm_params: { model: openai/small-model, api_base: ${upstream.url}/v1, api_key: secret }
`;
    gateway = await startFromFile(`${text}${model}`, {
      ...(text.includes('issuers:') ? {} : realm.environment()),
      LITELLM_MASTER_KEY: MASTER_KEY,
      INTROSPECTION_SECRET: 'secret-of-gatehouse',
    });
  };
  const outcome = async (token: string): Promise<string> => {
    const { status, json } = await new Client(gateway?.url ?? '', token).chat('hello', {
      model: 'small-model',
    });
    return status === 200 ? '200' : `${String(status)} ${json.error.reason}`;
  };
  const robot = async (): Promise<string> =>
    (await realm.clientCredentials('my-project')).access_token;
  const tryIt = () =>
    runBlocks([block('TOKEN=$(curl')], {
      ISSUER: realm.issuer,
      GATEHOUSE: gateway?.url ?? '',
      CLIENT: 'my-project',
      CLIENT_SECRET: 'secret-of-my-project',
    });

  it.each(CONFIGURATIONS.map((text, index) => [index + 1, text] as const))(
    'configuration %d passes `gatehouse check`',
    async (_number, text) => {
      const { stdout, stderr } = await runOnFile('check', text, {
        ...(text.includes('issuers:') ? {} : realm.environment()),
        INTROSPECTION_SECRET: 'secret-of-gatehouse',
      });
      expect(`${stdout}${stderr}`).toContain('the configuration is accepted');
    },
  );

  it('the variables: the server names the issuer that the page derives', async () => {
    const env = { ISSUER: realm.issuer };
    const { code, output } = await runBlocks([block('export JWT_ISSUER')], env);
    expect([code, output.trim()]).toEqual([
      0,
      expect.stringContaining(`"issuer":"${realm.issuer}"`),
    ]);
    const other = { ISSUER: `${realm.issuer}/` };
    expect((await runBlocks([block('export JWT_ISSUER')], other)).code).not.toBe(0);
  });

  it('“Try it” with the preset lists the models, and a token without the audience does not', async () => {
    await start(PRESET);
    const { code, output } = await tryIt();
    expect([code, output]).toEqual([0, expect.stringContaining('"small-model"')]);
    await realm.service('elsewhere', { defaultClientScopes: [] });
    expect(await outcome((await realm.clientCredentials('elsewhere')).access_token)).toBe(
      '401 token_invalid',
    );
  });

  it('roles that are checked: alice has the role, a service account lacks it', async () => {
    await start(ROLES);
    expect(await outcome((await realm.alice()).access_token)).toBe('200');
    expect(await outcome(await robot())).toBe('403 role_missing');
    expect((await tryIt()).output).toContain('"role_missing"');
  });

  it('introspection: the lightweight token is alice’s as her other tokens are, with her team', async () => {
    await start(INTROSPECTION);
    const { access_token: token } = await realm.alice('my-lightweight-client');
    expect(await outcome(token)).toBe('403 team_unknown');
    const master = Client.admin(gateway?.url ?? '');
    await master.post('/team/new', { team_id: 'research' });
    expect(await outcome(token)).toBe('200');
    expect(await outcome((await realm.alice()).access_token)).toBe('200');
    await master.post('/user/update', { user_id: 'alice', blocked: true });
    expect(await outcome(token)).toBe('403 user_blocked');
    expect(await outcome((await realm.alice()).access_token)).toBe('403 user_blocked');
  });

  for (const title of skippedOf([PAGE])) it.skip(title, () => undefined);
});
