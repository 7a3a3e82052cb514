import { parse } from 'yaml';
import { Client, type SpendRow } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import {
  MASTER_KEY,
  testConfiguration,
  testEnvironment,
  type TestSurroundings,
} from '#support/gateway';
import { GatewayProcess, temporaryDirectory } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';
import {
  blocksOf,
  blockWith,
  jwtauthOf,
  runBlocks,
  shownOf,
  skippedOf,
  type ScriptEnd,
} from '#support/page-scripts';

const KEYS = 'docs/how-to/issue-virtual-keys.md';
const BOOKS = 'docs/how-to/read-the-books.md';
const REVOKE = 'docs/how-to/revoke-tokens.md';
const DEPLOYMENT = 'docs/how-to/add-a-deployment.md';
const MOVE = 'docs/how-to/move-from-litellm.md';
const CONTAINER = 'docs/how-to/run-in-a-container.md';
const PAGES = [KEYS, BOOKS, REVOKE, DEPLOYMENT, MOVE, CONTAINER];
const PROGRAM_MS = 180_000;
const NO_ISSUER = { JWT_PUBLIC_KEY_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '' };

const MODELS = `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: upstream-secret }
`;

/** The configurations that a page shows, each with a list of models in front where it has none. */
const configurationsOf = (page: string): readonly string[] =>
  shownOf(page, 'yaml').map((text) => (text.includes('model_list:') ? text : `${MODELS}${text}`));

/** The model list of a page's first configuration. */
const modelsOf = (page: string): string =>
  `\n${configurationsOf(page)[0]?.replace('model_list:\n', '').trimEnd() ?? ''}`;

describe('the commands of the how-to pages for administrators, word for word', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: GatewayProcess;
  let data: Awaited<ReturnType<typeof temporaryDirectory>>;
  let around: TestSurroundings & { readonly dataDir: string };
  let config = '';
  let env: Readonly<Record<string, string>>;
  const ran = new Set<string>();

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    data = await temporaryDirectory();
    around = {
      issuer,
      upstreamUrl: upstream.url,
      dataDir: data.path,
      jwtauth: jwtauthOf(KEYS),
      models: modelsOf(DEPLOYMENT),
      env: {
        AZURE_EU_BASE: upstream.url,
        AZURE_EU_KEY: 'azure-secret',
        OPENAI_BASE: `${upstream.url}/v1`,
        OPENAI_API_KEY: 'openai-secret',
      },
    };
    gateway = await GatewayProcess.start(around);
    env = {
      ...testEnvironment(around),
      GATEHOUSE: gateway.url,
      ADMIN_TOKEN: MASTER_KEY,
      ISSUER: issuer.issuer,
    };
  }, PROGRAM_MS);

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
    data.remove();
  });

  /** Runs the block of a page that holds a text, where the reader stands. */
  const run = async (
    page: string,
    text: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<ScriptEnd> => {
    const block = blockWith(page, text);
    ran.add(block.script);
    return runBlocks([block], { ...env, ...more }, { 'config.yaml': config });
  };
  /** What `gatehouse check` says, as the page about LiteLLM calls it. */
  const check = async (text: string): Promise<ScriptEnd> => {
    config = text;
    const [plain] = blocksOf(MOVE);
    if (plain === undefined) throw new Error('the page begins with a check');
    ran.add(plain.script);
    const own = text.includes('issuer:') ? NO_ISSUER : {};
    return runBlocks([plain], { ...env, ...own }, { 'config.yaml': config });
  };
  const member = (output: string, name: string): string =>
    new RegExp(`"${name}": ?"([^"]+)"`).exec(output)?.[1] ?? '';

  it(`holds for ${KEYS}: the key works, is blocked and unblocked, and a token works as the key`, async () => {
    const owners = await run(KEYS, '/team/new');
    expect([owners.code, owners.output]).toEqual([0, expect.not.stringContaining('"error"')]);
    const made = await run(KEYS, '/key/generate');
    const [KEY, KEY_ID] = [member(made.output, 'key'), member(made.output, 'token')];
    expect([KEY, KEY_ID]).toEqual([
      expect.stringMatching(/^sk-/),
      expect.stringMatching(/^\w{64}$/),
    ]);
    expect((await run(KEYS, 'Bearer $KEY', { KEY })).output).toContain('"chat.completion"');

    const blocked = await run(KEYS, '/key/block', { KEY_ID });
    expect(blocked.output).not.toContain('"error"');
    expect(blocked.output.match(/"blocked": ?(true|false)/g)).toEqual([
      '"blocked":true',
      '"blocked":true',
      '"blocked":false',
    ]);

    const mapped = await run(KEYS, '/jwt/key/mapping/new', { KEY_ID });
    expect([mapped.code, mapped.output]).toEqual([0, expect.stringContaining('nightly-batch')]);
    const TOKEN = await issuer.sign({ sub: 'somewhere-else', client_id: 'nightly-batch' });
    expect((await run(KEYS, 'Bearer $TOKEN', { TOKEN })).output).toContain('"chat.completion"');
    const rows = await eventually(async () => {
      const found = await Client.admin(gateway.url).get<SpendRow[]>(
        `/spend/logs?api_key=${KEY_ID}&summarize=false`,
      );
      expect(found.json).toHaveLength(2);
      return found.json;
    });
    expect(rows.map(({ user }) => user)).toEqual(['alice', 'alice']);
  });

  it(
    `holds for ${BOOKS}: team, user and requests are shown, and the books agree`,
    async () => {
      const shown = await run(BOOKS, '/team/info');
      expect([shown.code, shown.output]).toEqual([0, expect.not.stringContaining('"error"')]);
      expect(shown.output.match(/"cost_usd":"[0-9.]+"/g)?.length).toBeGreaterThanOrEqual(2);
      config = testConfiguration(around, around.dataDir);
      const proof = await run(BOOKS, 'reconcile');
      expect([proof.code, proof.output]).toEqual([0, expect.stringContaining('"differences": []')]);
    },
    PROGRAM_MS,
  );

  it(`holds for ${REVOKE}: the token is refused, listed, let back in, and the account is stopped`, async () => {
    const caller = new Client(gateway.url, await issuer.sign({ sub: 'alice' }));
    const ask = async (): Promise<string> => {
      const response = await caller.chat('hello', { model: 'gpt-4o' });
      return response.status === 200 ? 'allowed' : response.json.error.reason;
    };
    expect(await ask()).toBe('allowed');
    const revoked = await run(REVOKE, '"$GATEHOUSE/revocations" \\');
    expect(await ask()).toBe('token_revoked');
    const listed = await run(REVOKE, 'page_size=50');
    const REVOCATION_ID = member(listed.output, 'revocation_id');
    expect([REVOCATION_ID, member(revoked.output, 'revocation_id')]).toEqual([
      expect.stringMatching(/^rev_/),
      REVOCATION_ID,
    ]);
    await run(REVOKE, '-X DELETE', { REVOCATION_ID });
    expect(await ask()).toBe('allowed');
    await run(REVOKE, '/user/update');
    expect(await ask()).toBe('user_blocked');
    await Client.admin(gateway.url).post('/user/update', { user_id: 'alice', blocked: false });
  });

  it(
    `holds for ${DEPLOYMENT}: the configuration is accepted, listed and called`,
    async () => {
      config = testConfiguration(around, around.dataDir);
      const checked = await run(DEPLOYMENT, 'check --config');
      expect([checked.code, checked.output]).toEqual([0, expect.stringContaining('honoured')]);
      const TOKEN = await issuer.sign({ sub: 'alice' });
      const { output } = await run(DEPLOYMENT, '/v1/models', { TOKEN });
      expect(output).toContain('"id":"gpt-4o"');
      expect(output).toMatch(/^x-litellm-model-id: \S+/im);
      expect(output).toContain('"chat.completion"');
    },
    PROGRAM_MS,
  );

  it(
    `holds for ${MOVE}: the first check names what this version cannot call, the second leaves it out`,
    async () => {
      const [older = '', today = ''] = configurationsOf(MOVE);
      const accepted = await check(older);
      expect([accepted.code, accepted.output]).toEqual([0, expect.stringContaining('honoured')]);
      const printed = /^Today’s form .+\n((?: {2}.+\n)+)/m.exec(accepted.output)?.[1] ?? '';
      const sections = (text: string): object => ({ ...(parse(text) as object), model_list: null });
      expect(sections(printed)).toEqual(sections(today));

      const bedrock = '- { model_name: claude, litellm_params: { model: bedrock/claude } }';
      const mixed = older.replace('model_list:\n', `model_list:\n  ${bedrock}\n`);
      const refused = await check(mixed);
      expect([refused.code, refused.output]).toEqual([78, expect.stringContaining('model claude')]);
      const { code, output } = await run(MOVE, 'DEPLOYMENTS=omit', NO_ISSUER);
      expect([code, output]).toEqual([0, expect.stringContaining('honoured')]);
    },
    PROGRAM_MS,
  );

  it.each(
    PAGES.flatMap((page) =>
      configurationsOf(page).map((text, index) => [page, index + 1, text] as const),
    ),
  )(
    'passes `gatehouse check`: %s, configuration %i',
    async (_page, _index, text) => {
      const { code, output } = await check(text);
      expect([code, output]).toEqual([0, expect.stringContaining(' 0 ignored')]);
    },
    PROGRAM_MS,
  );

  it('has run every block by now that is not left out below', () => {
    const forgotten = PAGES.flatMap(blocksOf).filter(
      (one) => one.skipped === null && !ran.has(one.script),
    );
    expect(forgotten).toEqual([]);
  });

  for (const title of skippedOf(PAGES)) it.skip(title, () => undefined);
});
