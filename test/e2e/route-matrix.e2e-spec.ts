import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedPath, ENDPOINTS, pathsOf, type Endpoint } from '#libs/proxy';
import { Client, type Answer } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { A_FORM } from '#support/recording';
import { ELSEWHERE } from '#support/unserved-paths';
import { rowCounts } from '#support/row-counts';

interface ApiDocument {
  readonly paths: Readonly<Record<string, object>>;
}

/** The part of Express that knows its routes. */
interface Router {
  readonly router: {
    readonly stack: readonly {
      readonly route?: {
        readonly path: string;
        readonly methods: Readonly<Record<string, boolean>>;
      };
    }[];
  };
}

/** Every operation that the program itself has routed, as `METHOD /path/{parameter}`. */
const routedBy = ({ gateway }: TestGateway): readonly string[] => {
  const express: unknown = gateway.app.getHttpAdapter().getInstance();
  const { router } = express as Router;
  return router.stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const path = route.path.replaceAll(/(?<!\\)[:*](\w+)/g, '{$1}').replace('\\', '');
    return Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${path}`);
  });
};

/** Every operation of a document. */
const documentedBy = ({ paths }: ApiDocument): readonly string[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );

/** Routes that are open to every client. Adding a line opens a route to the world. */
const OPEN = [
  'GET /health/liveliness',
  'GET /health/liveness',
  'GET /health/readiness',
  'GET /.well-known/oauth-protected-resource',
  'GET /.well-known/oauth-protected-resource/{path}',
  'POST /auth/backchannel-logout',
  'POST /api/event_logging/batch',
];

/** The description of the API and the page that leads to it, which say nothing of this installation. */
const DESCRIPTION = /^GET \/(?:$|favicon|docs|openapi)/;

/** Decisions about other callers are only for administrators, not for their viewers. */
const DECISIONS = 'GET /decisions/{id}';

/** Calls deployments, which costs money. */
const HEALTH = 'GET /health';

/** Calls of models: for teams, people and keys, and not for administrators by scope. */
const MODEL_CALLS: ReadonlySet<string> = new Set([
  ...ENDPOINTS.flatMap(operationsOf),
  // Sessions, asked for without a handshake.
  ...['GET /v1/realtime', 'GET /realtime', 'GET /openai/v1/realtime'],
  // What a caller has made at upstreams.
  ...['/files', '/batches', '/fine_tuning/jobs', '/vector_stores', '/containers'].flatMap(
    (path) => [`GET ${path}`, `GET /v1${path}`],
  ),
]);

/** Those whose body is a form, which is read before the caller's role is evaluated. */
const FORM_CALLS = new Set(ENDPOINTS.filter((one) => one.takes === 'form').flatMap(operationsOf));

/** The own APIs of providers: for teams whose routes name them. */
const PREFIX_CALLS = /^[A-Z]+ \/[a-z._-]+\/\{path\}$/;

/** Beyond calls of models, what a member of a team may ask for; handlers show each its own. */
const MEMBERS = [
  'GET /v1/models',
  'GET /models',
  'GET /v1/models/{model}',
  'GET /models/{model}',
  'GET /v1beta/models',
  'GET /v1beta/models/{model}',
  'GET /v1/model/info',
  'GET /model/info',
  'GET /v2/model/info',
  'GET /model_group/info',
  'GET /team/info',
  'GET /team/list',
  'GET /user/info',
  'GET /organization/list',
  'GET /key/info',
  'GET /key/list',
];

/** Reports in which everybody sees what is its own. */
const OWN_REPORTS = [
  'GET /gatehouse/spend/report',
  'GET /global/activity',
  'GET /global/activity/model',
  'GET /spend/keys',
  'GET /spend/logs',
  'GET /spend/logs/session/ui',
  'GET /spend/logs/ui',
  'GET /spend/logs/v2',
  'GET /spend/tags',
  'GET /spend/users',
  'GET /tag/daily/activity',
  'GET /tag/daily/activity/aggregated',
  'GET /tag/list',
  'GET /team/daily/activity',
  'GET /team/daily/activity/aggregated',
  'GET /user/daily/activity',
  'GET /user/daily/activity/aggregated',
  'POST /cost/estimate',
  'POST /spend/calculate',
];

/** What administrators of an organisation may ask for besides; handlers keep them to their organisations. */
const ORGANIZATION_ADMINS = [
  'GET /organization/info',
  'POST /organization/member_add',
  'PATCH /organization/member_update',
  'DELETE /organization/member_delete',
  'GET /organization/daily/activity',
  'GET /organization/daily/activity/aggregated',
  'GET /customer/daily/activity',
  'GET /customer/daily/activity/aggregated',
  'GET /end_user/daily/activity',
  'GET /end_user/daily/activity/aggregated',
  'GET /global/spend',
  'GET /global/spend/all_tag_names',
  'GET /global/spend/keys',
  'GET /global/spend/logs',
  'GET /global/spend/models',
  'GET /global/spend/provider',
  'GET /global/spend/report',
  'GET /global/spend/tags',
  'GET /global/spend/teams',
  'POST /global/spend/end_users',
];

/** What a person without a team may do besides: handle its own keys. */
const PERSONS = [
  'POST /key/generate',
  'POST /key/delete',
  'POST /key/regenerate',
  'POST /key/{key}/regenerate',
];

function operationsOf(endpoint: Endpoint): string[] {
  const { plain, withModel } = pathsOf(endpoint);
  const { method = 'POST' } = endpoint;
  return [...plain, ...withModel].map((path) => `${method} ${documentedPath(path)}`);
}

describe('every route and every role (threat A01)', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let operations: readonly string[];
  let callers: Readonly<
    Record<'anonymous' | 'junk' | 'member' | 'person' | 'boss' | 'viewer' | 'admin', Client>
  >;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_ids_jwt_field: teams
    team_allowed_routes: [openai_routes, info_routes, own_spend_routes, mcp_routes, anthropic_routes, google_routes]
    user_id_upsert: true`,
    });
    operations = routedBy(gateway).filter((one) => !DESCRIPTION.test(one));
    const admin = Client.admin(gateway.url);
    await admin.post('/team/new', { team_id: 'research' });
    await admin.post('/user/new', {
      user_id: 'viewer',
      user_role: 'proxy_admin_viewer',
      auto_create_key: false,
    });
    await admin.post('/organization/new', { organization_id: 'acme', organization_alias: 'Acme' });
    await admin.post('/organization/member_add', {
      organization_id: 'acme',
      member: { role: 'org_admin', user_id: 'boss' },
    });
    const as = async (claims: object): Promise<Client> =>
      new Client(gateway.url, await issuer.sign({ ...claims }));
    callers = {
      anonymous: new Client(gateway.url, null),
      junk: new Client(gateway.url, 'a.b.c'),
      member: await as({ sub: 'member', teams: ['research'] }),
      person: await as({ sub: 'person' }),
      boss: await as({ sub: 'boss' }),
      viewer: await as({ sub: 'viewer' }),
      admin: await as({ sub: 'root', scope: 'litellm_proxy_admin' }),
    };
    for (const name of ['member', 'person', 'boss', 'viewer'] as const) {
      expect((await callers[name].get('/v1/models')).status).toBe(200);
    }
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const call = (client: Client, operation: string): Promise<Answer> => {
    const [method = '', template = ''] = operation.split(' ');
    const path = template.replaceAll(/\{[^}]+\}/g, 'x');
    const sent = FORM_CALLS.has(operation) ? A_FORM : { body: {} };
    return client.send(method, path, method === 'GET' ? {} : sent);
  };

  /** Operations that let a caller past authorisation, also where the handler then refused. */
  const openTo = async (client: Client): Promise<readonly string[]> => {
    const open: string[] = [];
    for (const operation of operations) {
      const { status } = await call(client, operation);
      expect([operation, status < 500]).toEqual([operation, true]);
      if (status !== 401 && status !== 403) open.push(operation);
    }
    return open.toSorted();
  };

  const known = (...lists: readonly (readonly string[])[]): readonly string[] =>
    operations.filter((one) => lists.flat().includes(one)).toSorted();
  const modelCalls = (): readonly string[] => operations.filter((one) => MODEL_CALLS.has(one));

  it('are all of the routes that are documented', () => {
    const file = join(import.meta.dirname, '../../docs/reference/openapi.json');
    const documented = documentedBy(JSON.parse(readFileSync(file, 'utf8')) as ApiDocument);
    expect(documented.length).toBeGreaterThan(30);
    expect(operations).toEqual(expect.arrayContaining([...documented]));
  });

  it('give callers without a valid credential only the routes that are open to all', async () => {
    for (const name of ['anonymous', 'junk'] as const) {
      expect(await openTo(callers[name])).toEqual(known(OPEN));
    }
  });

  it('give members, people and viewers their own, change nothing for them, and make no row', async () => {
    const before = await rowCounts(gateway);
    expect(await openTo(callers.member)).toEqual(known(OPEN, MEMBERS, OWN_REPORTS, modelCalls()));
    const reads = operations.filter((one) => one.startsWith('GET '));
    const isShown = (one: string): boolean =>
      one !== DECISIONS && one !== HEALTH && !PREFIX_CALLS.test(one) && !MODEL_CALLS.has(one);
    const shown = reads.filter(isShown);
    expect(await openTo(callers.viewer)).toEqual(known(OPEN, shown));
    expect({ ...(await rowCounts(gateway)), spend_entries: 0 }).toEqual({
      ...before,
      spend_entries: 0,
    });
    const persons = await openTo(callers.person);
    expect(persons).toEqual(known(OPEN, MEMBERS, OWN_REPORTS, PERSONS, modelCalls()));
    const bosses = [MEMBERS, OWN_REPORTS, PERSONS, ORGANIZATION_ADMINS];
    expect(await openTo(callers.boss)).toEqual(known(OPEN, ...bosses, modelCalls()));
  });

  it('give administrators by scope all but calls of models', async () => {
    const isOpen = (one: string): boolean => !MODEL_CALLS.has(one) && !PREFIX_CALLS.test(one);
    expect(await openTo(callers.admin)).toEqual(operations.filter(isOpen).toSorted());
  });

  it('and nothing else answers without a credential (threat A16)', async () => {
    const answered: string[] = [];
    for (const path of ELSEWHERE) {
      const response = await callers.anonymous.get(path);
      if (response.status < 400) answered.push(path);
      else expect(response.text).not.toMatch(/node_modules|at .*\.js|127\.0\.0\.1:|postgres/);
    }
    expect(answered).toEqual([]);
    for (const operation of known(OPEN)) {
      const { text } = await call(callers.anonymous, operation);
      expect([operation, /sk-|secret|postgres|PGlite|version|gatehouse-test/i.test(text)]).toEqual([
        operation,
        false,
      ]);
    }
  });
});
