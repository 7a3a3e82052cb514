import { Client } from '#support/client';
import { IDENTITY_PROVIDER } from '#support/config-outcome';
import { eventually } from '#support/eventually';
import { runOnFile, startFromFile } from '#support/file-gateway';
import { MASTER_KEY, type TestGateway } from '#support/gateway';
import { AUDIENCE, TestIssuer } from '#support/issuer';
import { CLIENT, OpenIdProvider, RESOURCE } from '#support/openid-provider';
import { documentsOf, shownPart, statusesOf } from '#support/page-output';
import { blocksOf, runBlocks, shownOf, skippedOf } from '#support/page-scripts';

jest.setTimeout(120_000);

const POLICIES = 'docs/how-to/write-policies.md';
const DOMAIN = 'docs/how-to/restrict-by-email-domain.md';
const ISSUER = 'docs/how-to/trust-an-issuer.md';
const OPAQUE = 'docs/how-to/accept-opaque-tokens.md';
const PAGES = [POLICIES, DOMAIN, ISSUER, OPAQUE];

/** What the pages tell their reader to have in `config.yaml` already. */
const MODELS = `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: upstream-secret }
`;

/** Every variable that a configuration of the pages names. */
const ENVIRONMENT = {
  ...IDENTITY_PROVIDER,
  ISSUER: 'https://id.example.com',
  AUDIENCE: 'gatehouse',
  GRAPH_SECRET: 'a-secret-of-the-directory',
  INTROSPECTION_ENDPOINT: 'https://idp.example/oauth2/introspect',
  INTROSPECTION_CLIENT_ID: 'gatehouse',
  INTROSPECTION_SECRET: 'a-secret-of-the-client',
  USERINFO_ENDPOINT: 'https://idp.example/userinfo',
};

const besideModels = (page: string, index: number): string =>
  `${MODELS}${shownOf(page, 'yaml')[index] ?? ''}`;

describe.each(PAGES)('the configurations of %s', (page) => {
  it.each(shownOf(page, 'yaml').map((block, index) => [index + 1, block] as const))(
    'are accepted beside a model list, and no key is ignored: block %i',
    async (number) => {
      const end = await runOnFile('check', besideModels(page, number - 1), ENVIRONMENT);
      expect([end.code, end.stdout]).toEqual([0, expect.stringContaining(' 0 ignored')]);
      expect(end.stdout).not.toMatch(/gatehouse\.issuers.*: tokens are refused/);
    },
  );
});

describe('the commands of the pages about tokens, word for word', () => {
  let issuer: TestIssuer;
  let gateway: TestGateway | undefined;

  /** Starts the first configuration of a page and returns the variables that the page tells its reader to set. */
  const start = async (page: string): Promise<Record<string, string>> => {
    const variables = { JWT_ISSUER: issuer.issuer, JWT_AUDIENCE: AUDIENCE };
    gateway = await startFromFile(besideModels(page, 0), {
      ...variables,
      JWT_PUBLIC_KEY_URL: issuer.jwksUrl,
      LITELLM_MASTER_KEY: MASTER_KEY,
    });
    return { ...variables, GATEHOUSE: gateway.url, ADMIN_TOKEN: MASTER_KEY };
  };

  beforeAll(async () => {
    issuer = await TestIssuer.start();
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(async () => {
    await issuer.stop();
  });

  it(`holds for ${POLICIES}: deny refuses, shadow does not, allow skips the policies behind it`, async () => {
    const env = await start(POLICIES);
    const { code, output } = await runBlocks(blocksOf(POLICIES), {
      ...env,
      TOKEN: await issuer.sign({ employment: 'contractor' }),
    });
    expect([code, statusesOf(output)]).toEqual([0, [403]]);
    const [denied, shadowed, , allowed] = documentsOf(output);
    expect([denied, shadowed, allowed]).toEqual(shownOf(POLICIES, 'json').map(shownPart));
    expect(JSON.stringify(allowed)).not.toContain('in shadow');
  });

  it(`holds for ${DOMAIN}: one address is let in, the other is refused and leaves no user`, async () => {
    const env = await start(DOMAIN);
    const { code, output } = await runBlocks(blocksOf(DOMAIN), {
      ...env,
      TOKEN: await issuer.sign({ email: 'alice@acme.example' }),
      OTHER_TOKEN: await issuer.sign({ email: 'mallory@other.example', sub: 'mallory' }),
    });
    expect([code, statusesOf(output)]).toEqual([0, [200, 403, 200, 404]]);
    const [, refused] = documentsOf(output);
    expect([refused]).toEqual(shownOf(DOMAIN, 'json').map(shownPart));
  });
});

describe('the commands of the pages about issuers, word for word', () => {
  /** What the provider puts into its tokens; a test changes it as its administrator does. */
  const claims: Record<string, unknown> = {};
  let provider: OpenIdProvider;
  let gateway: TestGateway | undefined;

  beforeAll(async () => {
    provider = await OpenIdProvider.start(claims);
  });

  afterEach(async () => {
    await gateway?.stop();
    gateway = undefined;
  });

  afterAll(async () => {
    await provider.stop();
  });

  it(`holds for ${ISSUER}: the check says what the token lacks, and the gateway accepts the next one`, async () => {
    const config = besideModels(ISSUER, 0);
    const env = { ISSUER: provider.issuer, AUDIENCE: RESOURCE };
    const files = async (): Promise<Record<string, string>> => ({
      'config.yaml': config,
      'token.txt': (await provider.authorizationCode()).access_token,
    });
    const [check, call] = blocksOf(ISSUER);
    if (check === undefined || call === undefined) throw new Error('the page has two blocks');
    const lacking = await runBlocks([check], env, await files());
    const [shown = 'the page shows what is printed'] = shownOf(ISSUER, 'text');
    expect(lacking.output.replaceAll(provider.issuer, ENVIRONMENT.ISSUER)).toContain(shown);
    expect(lacking.code).toBe(1);
    claims['team'] = 'research';
    const accepted = await runBlocks([check], env, await files());
    expect([accepted.code, accepted.output]).toEqual([
      0,
      expect.stringMatching(/\nThe sample token lacks nothing\.\n$/),
    ]);
    gateway = await startFromFile(config, { ...env, LITELLM_MASTER_KEY: MASTER_KEY });
    const { url } = gateway;
    await eventually(async () => {
      expect((await new Client(url, null).get('/health/readiness')).status).toBe(200);
    });
    const { code, output } = await runBlocks([call], { GATEHOUSE: url }, await files());
    expect([code, statusesOf(output)]).toEqual([0, [200, 200]]);
    expect(output).toContain('"id":"gpt-4o"');
  });

  it.each([
    ['introspection', 0],
    ['userinfo', 2],
  ] as const)(`holds for ${OPAQUE}: by %s`, async (kind, block) => {
    gateway = await startFromFile(besideModels(OPAQUE, block), {
      INTROSPECTION_ENDPOINT: `${provider.issuer}/token/introspection`,
      INTROSPECTION_CLIENT_ID: CLIENT.id,
      INTROSPECTION_SECRET: CLIENT.secret,
      USERINFO_ENDPOINT: `${provider.issuer}/me`,
      LITELLM_MASTER_KEY: MASTER_KEY,
    });
    const { code, output } = await runBlocks(blocksOf(OPAQUE), {
      GATEHOUSE: gateway.url,
      ADMIN_TOKEN: MASTER_KEY,
      OPAQUE_TOKEN: (await provider.authorizationCode(null)).access_token,
    });
    expect([code, statusesOf(output)]).toEqual([0, [401]]);
    const [models, decision, refused] = documentsOf(output);
    expect(models).toMatchObject({ data: [{ id: 'gpt-4o' }] });
    const [accepted = '', unknown = ''] = shownOf(OPAQUE, 'json');
    expect(refused).toEqual(shownPart(unknown));
    if (kind === 'introspection') expect(decision).toEqual(shownPart(accepted));
    else expect(decision).toMatchObject({ allowed: true, principal: { kind, subject: 'alice' } });
  });
});

describe('the blocks that are left out', () => {
  for (const title of skippedOf(PAGES)) it.skip(title, () => undefined);
});
