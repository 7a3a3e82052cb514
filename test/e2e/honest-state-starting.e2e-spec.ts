import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { runGatehouse, type ProcessEnd } from '#support/gateway-process';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(120_000);

describe('what a command needs is looked at before anything is made', () => {
  let directory: string;
  let dataDir: string;
  let config: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'gatehouse-starting-'));
    dataDir = join(directory, 'data');
    config = join(directory, 'config.yaml');
    writeFileSync(config, `model_list: []\ngatehouse: { data_dir: ${JSON.stringify(dataDir)} }\n`);
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('a taken port ends the start with 1 and a remedy, and no data directory is made', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const end = await runGatehouse(['serve', '--config', config, '--port', String(port)]);
    other.close();
    expect(end.code).toBe(1);
    expect(end.stdout + end.stderr).toContain(`port ${String(port)} of 127.0.0.1 is in use`);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('so does an address of another machine, with port 0 too', async () => {
    const args = ['serve', '--config', config, '--host', '192.0.2.1', '--port', '0'];
    const end = await runGatehouse(args, { LITELLM_MASTER_KEY: 'sk-0123456789abcdef0123456789' });
    expect(end.code).toBe(1);
    expect(end.stdout + end.stderr).toContain('192.0.2.1 is not an address of this machine');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('reconcile ends with 1 where the data directory holds no database, and makes none', async () => {
    const end = await runGatehouse(['reconcile', '--config', config]);
    expect(end.code).toBe(1);
    expect(end.stdout).toBe('');
    expect(end.stderr).toMatch(/holds no database whose books could be compared/);
    expect(existsSync(dataDir)).toBe(false);
  });

  describeWithPostgres('a wrong DATABASE_URL', (server) => {
    const reconcile = (url: string): Promise<ProcessEnd> =>
      runGatehouse(['reconcile', '--config', config], { DATABASE_URL: url });

    async function databaseWith(sql: string): Promise<string> {
      const url = await server().createDatabase();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(sql);
      await client.end();
      return url;
    }

    async function tablesOf(url: string): Promise<string[]> {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
      );
      await client.end();
      return rows.map(({ name }) => name);
    }

    test.each([
      ['is empty', ''],
      ['belongs to another program', 'CREATE TABLE invoices (id int)'],
      ['is that of LiteLLM', 'CREATE TABLE "LiteLLM_TeamTable" (team_id text)'],
    ])('reconcile ends with 1 where the database %s, and makes no table', async (_name, sql) => {
      const url = await databaseWith(sql);
      const before = await tablesOf(url);
      const end = await reconcile(url);
      expect({ code: end.code, stdout: end.stdout }).toEqual({ code: 1, stdout: '' });
      expect(end.stderr).toMatch(/holds no tables of Gatehouse .*DATABASE_URL/);
      expect(await tablesOf(url)).toEqual(before);
    });

    test.each([
      [
        'migrate',
        'another program',
        'CREATE TABLE invoices (id int)',
        'another program (invoices)',
      ],
      [
        'migrate',
        'LiteLLM',
        'CREATE TABLE "LiteLLM_TeamTable" (id int)',
        'LiteLLM (LiteLLM_TeamTable)',
      ],
      [
        'serve',
        'another program',
        'CREATE TABLE a (id int); CREATE TABLE b (id int)',
        'program (a, b)',
      ],
      [
        'serve',
        'LiteLLM',
        'CREATE TABLE "LiteLLM_UserTable" (id int)',
        'LiteLLM (LiteLLM_UserTable)',
      ],
    ])('%s ends with 1 where the database is that of %s', async (command, _owner, sql, words) => {
      const url = await databaseWith(sql);
      const before = await tablesOf(url);
      const end = await runGatehouse([command, '--config', config], {
        DATABASE_URL: url,
        PORT: '0',
      });
      expect(end.code).toBe(1);
      const said = end.stdout + end.stderr;
      expect(said).toContain(`${words} and none of Gatehouse`);
      expect(said).toMatch(/host 127\.0\.0\.1, port \d+, database test_\w+, user postgres/);
      expect(said).toContain('CREATE DATABASE gatehouse');
      expect(await tablesOf(url)).toEqual(before);
    });

    test.each([
      ['is empty', ''],
      ['holds tables in another schema', 'CREATE SCHEMA other CREATE TABLE invoices (id int)'],
      ['holds views alone', 'CREATE VIEW numbers AS SELECT 1 AS one'],
    ])('migrate ends with 0 where the database %s', async (_name, sql) => {
      const env = { DATABASE_URL: await databaseWith(sql) };
      expect((await runGatehouse(['migrate', '--config', config], env)).code).toBe(0);
    });

    it('reconcile ends with 1 where there is no such database, without its password in the error', async () => {
      const address = new URL(server().url);
      address.pathname = '/missing';
      address.password = 'password-1234';
      const end = await reconcile(address.href);
      expect(end.code).toBe(1);
      expect(end.stderr).toMatch(
        /^gatehouse: the PostgreSQL database cannot be used \(host 127.0.0.1, port \d+, database missing, user postgres\): the database does not exist \(3D000\): create it/,
      );
      expect(end.stderr).not.toContain('password-1234');
    });

    it('reconcile ends with 0 where the database is that of a gateway', async () => {
      const url = await server().createDatabase();
      const env = { DATABASE_URL: url };
      expect((await runGatehouse(['migrate', '--config', config], env)).code).toBe(0);
      const end = await reconcile(url);
      expect({ code: end.code, stderr: end.stderr }).toEqual({ code: 0, stderr: '' });
    });
  });
});
