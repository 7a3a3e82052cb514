import { join } from 'node:path';
import { eventually } from '#support/eventually';
import { freePort } from '#support/free-port';
import { MASTER_KEY } from '#support/gateway';
import { KeycloakRealm } from '#support/keycloak';
import { blocksOf, shownOf, type PageBlock } from '#support/page-scripts';
import { PageSession } from '#support/page-session';

const PAGE = 'docs/how-to/use-keycloak.md';
const { KEYCLOAK_HTTPS_URL: HTTPS_URL = '', KEYCLOAK_TLS: TLS } = process.env;
const UNTRUSTED = 'comes from a CA that is not trusted here';

function block(text: string): PageBlock {
  const found = blocksOf(PAGE).find(({ script }) => script.includes(text));
  if (found?.skipped !== null) throw new Error(`the page does not run ${text}`);
  return found;
}

(TLS === undefined ? describe.skip : describe)(
  `${PAGE}, word for word, with a Keycloak behind a private CA`,
  () => {
    let session: PageSession | undefined;

    beforeAll(async () => {
      const realm = await KeycloakRealm.fresh();
      await realm.service('my-project');
    });

    afterEach(() => session?.close());

    const start = async (env: Readonly<Record<string, string>>): Promise<PageSession> => {
      const port = await freePort();
      session = PageSession.open({
        PORT: port,
        LITELLM_MASTER_KEY: MASTER_KEY,
        GATEHOUSE: `http://127.0.0.1:${port}`,
        ISSUER: `${HTTPS_URL}/realms/gatehouse`,
        CLIENT: 'my-project',
        CLIENT_SECRET: 'secret-of-my-project',
        // curl's own, so that it reaches the server.
        CURL_CA_BUNDLE: join(TLS ?? '', 'ca.pem'),
        ...env,
      });
      const [configuration = ''] = shownOf(PAGE, 'yaml');
      session.write(
        'config.yaml',
        configuration.replace('https://sso.example.com', HTTPS_URL).replace('staff', 'gatehouse'),
      );
      await session.run(block('npm start'));
      return session;
    };
    const details = (opened: PageSession): Promise<string> =>
      opened.run(
        `curl -sS --retry 60 --retry-connrefused --retry-delay 1 "$GATEHOUSE/health/readiness/details" -H "authorization: Bearer $LITELLM_MASTER_KEY"`,
      );

    it('NODE_EXTRA_CA_CERTS lets the keys be fetched, and a token is accepted', async () => {
      const opened = await start({ NODE_EXTRA_CA_CERTS: join(TLS ?? '', 'ca.pem') });
      await eventually(async () => {
        expect(await details(opened)).toContain('"problem":null');
      }, 30_000);
      expect(await opened.run(block('TOKEN=$(curl'))).toContain('"object":"list"');
    });

    it('without it, the log and the details name the cause, and no token is accepted', async () => {
      const opened = await start({});
      await eventually(async () => {
        expect(await details(opened)).toContain(UNTRUSTED);
      }, 30_000);
      expect(await opened.run('cat server-1.log')).toContain(UNTRUSTED);
      expect(await opened.run(block('TOKEN=$(curl'))).toMatch(/"code":"(401|503)"/);
    });
  },
);
