import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Client } from '#support/client';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { startGateway, type TestGateway } from '#support/gateway';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres, type PostgresServer } from '#support/postgres';

jest.setTimeout(120_000);

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: unknown;
}
interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties?: object }>>;
  };
}

const DOCUMENT = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/reference/openapi.json'), 'utf8'),
) as ApiDocument;

const STRINGS = [
  `' OR '1'='1`,
  `'; SELECT pg_sleep(5); --`,
  `" UNION SELECT NULL, NULL --`,
  `1); DELETE FROM users; --`,
  `a' || pg_sleep(5) || 'b`,
  `$1`,
  `$$; DROP TABLE teams; $$`,
  String.raw`\'; --`,
  `created_at DESC, (SELECT pg_sleep(5))`,
  `%%%%%%%%%%_____%`,
  `{"$gt":""}`,
  `2026-01-01' OR 1=1 --`,
  'NaN',
  '-9223372036854775809',
  'infinity',
  '\ud800',
  'a\0b',
  'é'.repeat(300),
];

/** Every operation with its parameters and members of its body. */
function operations() {
  return Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const body = JSON.stringify(operation.requestBody ?? '');
      const schema = /"#\/components\/schemas\/(\w+)"/.exec(body)?.[1] ?? '';
      return {
        method: method.toUpperCase(),
        path,
        parameters: operation.parameters ?? [],
        members: Object.keys(DOCUMENT.components.schemas[schema]?.properties ?? {}),
      };
    }),
  );
}

/** Makes the server write what goes wrong into a file, each with its SQLSTATE, and what takes long. */
async function withLog(server: PostgresServer): Promise<() => Promise<string>> {
  const ask = async (...statements: readonly string[]): Promise<pg.QueryResult | undefined> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      let last: pg.QueryResult | undefined;
      for (const statement of statements) last = await client.query(statement);
      return last;
    } finally {
      await client.end();
    }
  };
  const settings = {
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'server.log',
    log_error_verbosity: 'verbose',
    log_min_duration_statement: '2000',
  };
  await ask(
    ...Object.entries(settings).map(([key, value]) => `ALTER SYSTEM SET ${key} = '${value}'`),
  );
  await server.restart();
  return async () => {
    const result = await ask(`SELECT pg_read_file('log/server.log') AS log`);
    return String((result?.rows as { log: string }[] | undefined)?.[0]?.log);
  };
}

describeWithPostgres('text that is meant for the database', (server) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let gateway: TestGateway;
  let admin: Client;
  let log: () => Promise<string>;

  beforeAll(async () => {
    log = await withLog(server());
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    const databaseUrl = await server().createDatabase();
    gateway = await startGateway({
      issuer,
      upstreamUrl: upstream.url,
      databaseUrl,
      jwtauth: `
    user_id_jwt_field: sub
    user_email_jwt_field: email
    team_id_jwt_field: team
    end_user_id_jwt_field: end_user
    user_id_upsert: true
    team_id_upsert: true`,
    });
    admin = Client.admin(gateway.url);
    for (const id of ['alice', 'bob']) {
      await admin.post('/user/new', { user_id: id, auto_create_key: false });
    }
  });

  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    await issuer.stop();
  });

  const expectHarmless = async (what: string, work: () => Promise<{ status: number }>) => {
    const start = performance.now();
    const { status } = await work();
    expect([what, status < 500]).toEqual([what, true]);
    expect([what, performance.now() - start < 2_000]).toEqual([what, true]);
  };

  /** No statement that could not be read (42…), no value that could not be stored (22…), none that took long. */
  const expectQuietLog = async (): Promise<void> => {
    const problems = (await log())
      .split('\n')
      .filter((line) => /ERROR: {2}(?:42|22|54|57014)|duration: /.test(line));
    expect(problems).toEqual([]);
  };

  afterEach(async () => {
    await expectQuietLog();
    const users = await admin.get<{ total: number }>('/user/list?user_ids=alice,bob');
    expect(users.json.total).toBe(2);
  });

  it('is a value in every parameter of every route (threat A14)', async () => {
    for (const { method, path, parameters } of operations()) {
      for (const { in: place, name } of parameters) {
        for (const text of STRINGS.filter((one) => one.isWellFormed())) {
          const encoded = encodeURIComponent(text);
          const target =
            place === 'path' ? path.replace(`{${name}}`, encoded) : `${path}?${name}=${encoded}`;
          const options = method === 'GET' ? {} : { body: {} };
          await expectHarmless(`${method} ${target}`, () => admin.send(method, target, options));
        }
      }
    }
  });

  it('is a value in every member of every body', async () => {
    for (const { method, path, members } of operations()) {
      const target = path.replaceAll(/\{\w+\}/g, 'x');
      for (const name of members) {
        for (const value of [...STRINGS.slice(0, 9), '\ud800', 'a\0b', [`' OR 1=1 --`]]) {
          const body = { team_id: 't', user_id: 'u', [name]: value };
          await expectHarmless(`${method} ${path} ${name}`, () =>
            admin.send(method, target, { body }),
          );
        }
      }
    }
  });

  it('is a value in claims and in headers, on the paths of refusals too', async () => {
    const printable = STRINGS.filter((text) => /^[\x20-\x7e]+$/.test(text));
    for (const text of STRINGS) {
      const claims = { sub: text, team: text, end_user: text, email: text, jti: text, sid: text };
      const token = await issuer.sign(claims);
      await expectHarmless(`claims ${text}`, () => new Client(gateway.url, token).chat());
    }
    for (const text of printable) {
      for (const name of ['authorization', 'x-litellm-team-id', 'x-request-id', 'x-api-key']) {
        const headers = { [name]: text };
        await expectHarmless(`${name} ${text}`, () =>
          new Client(gateway.url, null).send('GET', '/v1/models', { headers }),
        );
      }
      await expectHarmless(`key ${text}`, () =>
        new Client(gateway.url, `sk-${text.replaceAll(' ', '')}`).get('/v1/models'),
      );
    }
  });

  it('finds no user as a wildcard and opens no list', async () => {
    for (const query of [
      'user_email=%25@%25',
      'user_ids=al%25',
      'user_ids=_lice',
      `user_ids=${encodeURIComponent(`absent' OR 'x'='x`)}`,
      `team=${encodeURIComponent(`absent' OR 'x'='x`)}`,
    ]) {
      const response = await admin.get<{ total?: number }>(`/user/list?${query}`);
      expect([query, response.status === 200 ? response.json.total : 0]).toEqual([query, 0]);
    }
    for (const sort of ['user_id;DROP', 'password', '(SELECT 1)', 'user_id,spend', 'USER_ID']) {
      const response = await admin.get(`/user/list?sort_by=${encodeURIComponent(sort)}`);
      expect([sort, response.status]).toEqual([sort, 400]);
    }
  });
});
