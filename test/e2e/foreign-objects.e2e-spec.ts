import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '#libs/database';
import { Client, type Answer, type SpendRow } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { rowCounts } from '#support/row-counts';

interface ApiDocument {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly requestBody?: unknown }>>>
  >;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties?: object }>>;
  };
}

interface KeyBody {
  readonly key: string;
  readonly token: string;
}

const DOCUMENT = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/reference/openapi.json'), 'utf8'),
) as ApiDocument;

/** Names that attackers add to bodies besides the columns of our tables. */
const TEMPTING = [
  'id',
  'isAdmin',
  'is_admin',
  'role',
  'user_role',
  'spend',
  'org_id',
  'bound_issuer',
  'bound_subject',
  'created_by',
  'role_source',
  '_gatehouse_principal',
  'access',
  'principal',
];

/** Every operation that takes a JSON object of ours, with the names of its members. */
function bodiesOf(): readonly (readonly [string, ReadonlySet<string>])[] {
  return Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const name = /"#\/components\/schemas\/(\w+)"/.exec(
        JSON.stringify(operation.requestBody ?? ''),
      );
      const schema = DOCUMENT.components.schemas[name?.[1] ?? ''];
      if (schema === undefined) return [];
      const members = new Set(Object.keys(schema.properties ?? {}));
      return [[`${method.toUpperCase()} ${path}`, members] as const];
    }),
  );
}

describe('what belongs to others', () => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  let ann: Client;
  let person: Client;
  let benKey: KeyBody;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      jwtauth: `
    user_id_jwt_field: sub
    team_ids_jwt_field: teams
    user_id_upsert: true`,
    });
    admin = Client.admin(gateway.url);
    for (const side of ['a', 'b']) {
      const organization_id = `org-${side}`;
      await admin.post('/organization/new', {
        organization_id,
        organization_alias: `Organisation ${side}`,
      });
      await admin.post('/team/new', {
        team_id: `team-${side}`,
        team_alias: `Team ${side}`,
        organization_id,
      });
    }
    const as = async (sub: string, teams?: readonly string[]): Promise<Client> =>
      new Client(gateway.url, await issuer.sign({ sub, teams: teams ?? null }));
    [ann, person] = await Promise.all([as('ann', ['team-a']), as('person')]);
    const ben = await as('ben', ['team-b']);
    for (const client of [ann, ben]) expect((await client.chat()).status).toBe(200);
    expect((await person.get('/v1/models')).status).toBe(200);
    const made = await admin.post<KeyBody>('/key/generate', {
      user_id: 'ben',
      key_alias: 'of-ben',
    });
    benKey = made.json;
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  /** Status and body, the asked id and the id of the request taken out. */
  const shapeOf = ({ status, text }: Answer, id: string): string =>
    `${String(status)} ${text.replaceAll(id, 'ID').replaceAll(/(req|dec)_[\w-]+/g, 'R')}`;

  describe('looks to a caller like what does not exist (threat A03)', () => {
    it.each<[string, string, string, (id: string) => object | null]>([
      ['GET /team/info?team_id=', 'team-b', 'no-such', () => null],
      ['GET /user/info?user_id=', 'ben', 'no-such', () => null],
      ['GET /organization/info?organization_id=', 'org-b', 'no-such', () => null],
      ['GET /team/list?user_id=', 'ben', 'no-such', () => null],
      ['GET /team/list?organization_id=', 'org-b', 'no-such', () => null],
      ['GET /organization/list?org_id=', 'org-b', 'no-such', () => null],
      ['GET /organization/list?org_alias=', 'Organisation%20b', 'no-such', () => null],
      ['GET /spend/logs?user_id=', 'ben', 'no-such', () => null],
      ['GET /spend/logs?team_id=', 'team-b', 'no-such', () => null],
      ['GET /key/list?user_id=', 'ben', 'no-such', () => null],
      ['GET /key/list?team_id=', 'team-b', 'no-such', () => null],
      ['GET /key/list?key_alias=', 'of-ben', 'no-such', () => null],
      ['POST /team/update', 'team-b', 'no-such', (team_id) => ({ team_id, models: [] })],
      ['POST /team/delete', 'team-b', 'no-such', (id) => ({ team_ids: [id] })],
      ['POST /team/block', 'team-b', 'no-such', (team_id) => ({ team_id })],
      [
        'POST /team/member_add',
        'team-b',
        'no-such',
        (team_id) => ({ team_id, member: { role: 'user', user_id: 'ann' } }),
      ],
      ['POST /team/member_delete', 'team-b', 'no-such', (team_id) => ({ team_id, user_id: 'ben' })],
      ['POST /user/update', 'ben', 'no-such', (user_id) => ({ user_id, user_role: 'proxy_admin' })],
      ['POST /user/delete', 'ben', 'no-such', (id) => ({ user_ids: [id] })],
      [
        'PATCH /organization/update',
        'org-b',
        'no-such',
        (organization_id) => ({ organization_id }),
      ],
      ['DELETE /organization/delete', 'org-b', 'no-such', (id) => ({ organization_ids: [id] })],
      [
        'POST /organization/member_add',
        'org-b',
        'no-such',
        (organization_id) => ({ organization_id, member: { role: 'org_admin', user_id: 'ann' } }),
      ],
      [
        'PATCH /organization/member_update',
        'org-b',
        'no-such',
        (organization_id) => ({ organization_id, user_id: 'ben', role: 'org_admin' }),
      ],
      [
        'DELETE /organization/member_delete',
        'org-b',
        'no-such',
        (organization_id) => ({ organization_id, user_id: 'ben' }),
      ],
    ])('%s%s', async (operation, theirs, missing, body) => {
      const before = await rowCounts(gateway);
      const [method = '', path = ''] = operation.split(' ');
      const ask = async (client: Client, id: string): Promise<string> => {
        const content = body(id);
        const target = content === null ? `${path}${id}` : path;
        const response = await client.send(
          method,
          target,
          content === null ? {} : { body: content },
        );
        return shapeOf(response, decodeURIComponent(id));
      };
      for (const client of [ann, person]) {
        expect(await ask(client, theirs)).toBe(await ask(client, missing));
      }
      expect(await rowCounts(gateway)).toEqual(before);
    });

    it('also keys, by themselves and by their ids', async () => {
      const unknown = 'sk-0123456789abcdef0123456789abcdef';
      const hash = '0'.repeat(64);
      for (const [theirs, missing] of [
        [benKey.key, unknown],
        [benKey.token, hash],
      ] as const) {
        for (const [method, path, body] of [
          ['GET', '/key/info?key=KEY', null],
          ['POST', '/key/delete', { keys: ['KEY'] }],
          ['POST', '/key/regenerate', { key: 'KEY' }],
          ['POST', '/key/KEY/regenerate', {}],
        ] as const) {
          const ask = async (key: string): Promise<string> => {
            const named = JSON.stringify(body).replaceAll('KEY', key);
            const options = body === null ? {} : { body: named };
            const response = await person.send(method, path.replace('KEY', key), options);
            return shapeOf(response, key);
          };
          const [one, two] = [await ask(theirs), await ask(missing)];
          expect([path, one]).toEqual([path, two]);
          expect(one).toMatch(/^40[34] /);
        }
      }
      expect((await new Client(gateway.url, benKey.key).get('/v1/models')).status).toBe(200);
    });

    it('and nothing of it stands in lists', async () => {
      for (const client of [ann, person]) {
        const rows = await client.get<SpendRow[]>('/spend/logs');
        if (rows.status === 200) expect(rows.json.map(({ user }) => user)).not.toContain('ben');
        for (const path of ['/team/list', '/organization/list', '/key/list', '/user/info']) {
          const { text } = await client.get(path);
          expect(text).not.toMatch(/team-b|Team b|org-b|Organisation b|"ben"|of-ben/);
        }
      }
    });
  });

  describe('members of a body that no route takes (threat A02)', () => {
    let columns: readonly string[];

    beforeAll(async () => {
      const rows = await gateway.gateway.app
        .get(Database)
        .read((manager) =>
          manager.query<{ column_name: string }[]>(
            `SELECT DISTINCT column_name FROM information_schema.columns WHERE table_schema = 'public'`,
          ),
        );
      const names = rows.map(({ column_name: name }) => name);
      const camel = names.map((name) =>
        name.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase()),
      );
      columns = [...new Set([...names, ...camel, ...TEMPTING])];
      expect(columns.length).toBeGreaterThan(100);
    });

    it.each(bodiesOf())('are refused by %s, for administrators too', async (operation, members) => {
      const [method = '', template = ''] = operation.split(' ');
      const path = template.replaceAll(/\{[^}]+\}/g, 'x');
      const before = await rowCounts(gateway);
      for (const name of columns.filter((one) => !members.has(one))) {
        const response = await admin.send(method, path, { body: { [name]: 'x' } });
        expect([name, response.status, response.text.includes(name)]).toEqual([name, 400, true]);
      }
      expect(await rowCounts(gateway)).toEqual(before);
    });

    it('give ordinary callers no role, money or account', async () => {
      const state = async (): Promise<string> =>
        (await admin.get('/user/info?user_id=person')).text + (await admin.get('/user/list')).text;
      const before = await state();
      for (const client of [ann, person]) {
        for (const body of [
          { user_id: 'person', user_role: 'proxy_admin' },
          { user_id: 'person', max_budget: 1e9, spend: 0 },
          { user_id: 'person', blocked: false, teams: ['team-b'] },
          { user_email: 'ben@acme.example' },
        ]) {
          expect((await client.post('/user/update', body)).status).toBe(403);
          expect((await client.post('/user/new', body)).status).toBe(403);
        }
      }
      expect(await state()).toBe(before);
    });

    it('make no key that reaches further than its maker', async () => {
      for (const body of [
        { user_id: 'ben' },
        { team_id: 'team-b' },
        { organization_id: 'org-b' },
        { user_id: 'person', team_id: 'team-a' },
        { spend: -100 },
        { created_by: 'ben' },
        { user_role: 'proxy_admin' },
      ]) {
        const response = await person.post('/key/generate', body);
        expect([body, [400, 403, 404].includes(response.status)]).toEqual([body, true]);
      }
      const wide = await person.post<KeyBody>('/key/generate', { allowed_routes: ['*'] });
      if (wide.status === 200) {
        const keyed = new Client(gateway.url, wide.json.key);
        expect((await keyed.get('/user/list')).status).toBe(403);
        expect((await keyed.post('/team/new', { team_id: 'x' })).status).toBe(403);
      }
    });
  });
});
