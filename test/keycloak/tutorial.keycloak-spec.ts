import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { freePort } from '#support/free-port';
import { blocksOf, shownOf, skippedOf, type PageBlock } from '#support/page-scripts';
import { PageSession } from '#support/page-session';

const PAGE = 'docs/tutorial/protect-one-model.md';
const { KEYCLOAK_ARCHIVE: ARCHIVE } = process.env;
const START_LIMIT_MS = 360_000;

/** Keycloak's own start, too, is the page's. */
(ARCHIVE === undefined ? describe.skip : describe)(
  `${PAGE}, word for word, with a fake upstream at OPENAI_BASE_URL`,
  () => {
    let upstream: FakeUpstream;
    let session: PageSession;

    beforeAll(async () => {
      upstream = await startFakeUpstream();
      const [keycloak, gateway] = [await freePort(), await freePort()];
      session = PageSession.open({
        KEYCLOAK: `http://localhost:${keycloak}`,
        OPENAI_BASE_URL: `${upstream.url}/v1`,
        OPENAI_API_KEY: 'upstream-secret',
        GATEHOUSE: `http://127.0.0.1:${gateway}`,
        PORT: gateway,
        KC_HTTP_PORT: keycloak,
        JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
      });
      session.place('keycloak-26.7.3.zip', ARCHIVE ?? '');
      session.write('config.yaml', shownOf(PAGE, 'yaml')[0] ?? '');
    });

    afterAll(async () => {
      await session.close();
      await upstream.close();
    });

    const step = (text: string): PageBlock => {
      const found = blocksOf(PAGE).find(({ script }) => script.includes(text));
      if (found?.skipped !== null) throw new Error(`the page does not run ${text}`);
      return found;
    };
    const run = (text: string): Promise<string> => session.run(step(text));
    const ask = (): Promise<string> => run('ALICE_PASSWORD=');

    it('every block that is not left out is a step of these tests', () => {
      const blocks = blocksOf(PAGE).filter(({ skipped }) => skipped === null);
      expect(blocks).toHaveLength(10);
    });

    it(
      'step 2 starts Keycloak from its archive with the example realm, and `check` of step 3 accepts',
      async () => {
        await run('unzip');
        await run('kc.sh start-dev');
        const output = await run('gatehouse -- check');
        expect(output).toContain('/realms/gatehouse/protocol/openid-connect/token');
        expect(output).toContain('the configuration is accepted');
        expect(output).not.toContain('Warnings');
      },
      START_LIMIT_MS,
    );

    it('step 3 starts a gateway that becomes healthy', async () => {
      await run('npm start');
      expect(await run('/health/readiness')).toContain('healthy');
    });

    it('steps 4 and 5: the administrator makes the team, alice asks', async () => {
      expect(await run('/team/new')).toContain('"team_id":"research"');
      expect(await ask()).toContain('"chat.completion"');
      expect(upstream.records).toHaveLength(1);
    });

    it('step 5: the administrator’s token does not open the model', async () => {
      const { script } = step('ALICE_PASSWORD=');
      const asAdministrator = script
        .slice(script.indexOf('curl "'))
        .replace('$TOKEN', '$ADMIN_TOKEN');
      expect(await session.run(asAdministrator)).toContain('"route_not_allowed"');
    });

    it('step 6 shows what alice and her team spent', async () => {
      // Spend is booked a moment after the response.
      await eventually(async () => {
        const output = await run('/user/info');
        expect(output).toContain('"user_id":"alice"');
        const spent = [...output.matchAll(/"spend":([^,}]+)/g)].map(([, cost]) => Number(cost));
        expect(spent.length).toBeGreaterThan(1);
        expect(Math.min(...spent)).toBeGreaterThan(0);
      });
    });

    it('step 7 closes the gate before the model is called, and opens it again', async () => {
      expect(await run('/team/block')).toContain('"blocked":true');
      const calls = upstream.records.length;
      const refused = await ask();
      expect(refused).toContain('"team_blocked"');
      expect(upstream.records).toHaveLength(calls);
      expect(await run('/team/unblock')).toContain('"blocked":false');
      expect(await ask()).toContain('"chat.completion"');
    });

    for (const title of skippedOf([PAGE])) it.skip(title, () => undefined);
  },
);
