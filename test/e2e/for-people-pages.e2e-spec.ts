import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { MASTER_KEY, startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { blocksOf, jwtauthOf, runBlocks, skippedOf } from '#support/page-scripts';

const CHOOSE = 'docs/how-to/choose-the-team.md';
const BLOCK = 'docs/how-to/block-a-team.md';
const EXPLAIN = 'docs/how-to/explain-a-refusal.md';

describe('the commands of the how-to pages, word for word', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: jwtauthOf(CHOOSE),
      models: `
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_base: ${upstream.url}/v1, api_key: upstream-secret }`,
    });
    for (const team of ['research', 'marketing'])
      await Client.admin(gateway.url).post('/team/new', { team_id: team });
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const surroundings = async (claims: object): Promise<Record<string, string>> => ({
    GATEHOUSE: gateway.url,
    ADMIN_TOKEN: MASTER_KEY,
    TOKEN: await issuer.sign({ sub: 'alice', ...claims }),
  });

  it(`holds for ${CHOOSE}`, async () => {
    const { code, output } = await runBlocks(
      blocksOf(CHOOSE),
      await surroundings({ groups: ['research'] }),
    );
    expect([code, output]).toEqual([0, expect.stringContaining('"chat.completion"')]);
  });

  it(`holds for ${BLOCK}: the first block blocks, the second restores`, async () => {
    const [block, unblock] = blocksOf(BLOCK);
    const env = await surroundings({ groups: ['marketing'] });
    const caller = new Client(gateway.url, env['TOKEN'] ?? '');
    const ask = async () => (await caller.chat('hello', { model: 'gpt-4o' })).status;
    expect(await ask()).toBe(200);
    if (block === undefined || unblock === undefined) throw new Error('the page has two blocks');
    expect((await runBlocks([block], env)).output).toContain('"blocked":true');
    expect(await ask()).toBe(403);
    expect((await runBlocks([unblock], env)).output).toContain('"blocked":false');
    expect(await ask()).toBe(200);
  });

  it(`holds for ${EXPLAIN}`, async () => {
    const env = await surroundings({ groups: ['no-such-team'] });
    const { code, output } = await runBlocks(blocksOf(EXPLAIN), env);
    expect(code).toBe(0);
    expect(output.match(/"decision_id":"dec_/g)).toHaveLength(2);
    expect(output.match(/"reason":"team_unknown"/g)?.length).toBeGreaterThanOrEqual(2);
  });

  for (const title of skippedOf([CHOOSE, BLOCK, EXPLAIN])) it.skip(title, () => undefined);
});
