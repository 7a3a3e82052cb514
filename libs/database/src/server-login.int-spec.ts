import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describeWithPostgres } from '#support/postgres';
import { resolveAddress } from './connection/server-address.js';
import { ServerClient } from './connection/server-client.js';

const SECRET = 'pass-word-1234';
/** Roles of the server, by the method that it asks them for. */
const ROLES = ['scram-sha-256', 'md5', 'password', 'trust'] as const;
const HAS_TOOLS = ['psql', 'openssl'].every(
  (tool) => spawnSync(tool, ['version']).error === undefined,
);

async function withOurs(address: string): Promise<string> {
  const client = new ServerClient({ connectionString: await resolveAddress(address) });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ search_path: string }>('SHOW search_path');
    return rows[0]?.search_path ?? '';
  } catch (error) {
    return `refused: ${String(error)}`;
  } finally {
    client.end().catch(() => undefined);
  }
}

function withPsql(address: string): string {
  const { status, stdout } = spawnSync('psql', [address, '-Atc', 'SHOW search_path'], {
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), PGCONNECT_TIMEOUT: '5' },
  });
  return status === 0 ? stdout.toString().trim() : 'refused';
}

describeWithPostgres('the login at a PostgreSQL server', (server) => {
  let folder: string;
  let port: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-login-'));
    port = new URL(server().url).port;
    const client = new pg.Client({ connectionString: server().url });
    await client.connect();
    const show = async (name: string): Promise<string> => {
      const { rows } = await client.query<Record<string, string>>(`SHOW ${name}`);
      return rows[0]?.[name] ?? '';
    };
    const [data, hba] = [await show('data_directory'), await show('hba_file')];
    for (const role of ROLES) {
      await client.query(`SET password_encryption = '${role === 'md5' ? 'md5' : 'scram-sha-256'}'`);
      await client.query(`CREATE ROLE "${role}" LOGIN PASSWORD '${SECRET}'`);
    }
    const lines = ROLES.map((role) => `host all "${role}" 127.0.0.1/32 ${role}\n`);
    writeFileSync(hba, lines.join('') + readFileSync(hba, 'utf8'));
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.query('SELECT pg_reload_conf()');
    await client.end();
    if (HAS_TOOLS) certificate(data);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function certificate(data: string): void {
    const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    const files = ['-keyout', join(data, 'server.key'), '-out', join(data, 'server.crt')];
    execFileSync('openssl', ['req', ...kind, ...files], { cwd: folder, stdio: 'pipe' });
    const { uid, gid } = statSync(data);
    for (const name of ['server.key', 'server.crt']) chownSync(join(data, name), uid, gid);
  }

  const at = (role: string, query: string): string =>
    `postgresql://${role}:${SECRET}@127.0.0.1:${port}/postgres?${query}`;

  it.each(ROLES)('of %s needs TLS where the address demands channel binding', async (role) => {
    const address = at(role, 'channel_binding=require');
    expect(withPsql(address)).toBe('refused');
    expect(await withOurs(address)).toContain('offers no channel binding');
  });

  it.each([
    ['scram-sha-256', 'scram-sha-256', true],
    ['scram-sha-256', '!scram-sha-256', false],
    ['md5', 'md5,scram-sha-256', true],
    ['md5', 'scram-sha-256', false],
    ['password', '!password', false],
    ['password', 'password', true],
    ['trust', 'none', true],
    ['trust', 'scram-sha-256', false],
    ['trust', '!none', false],
  ])('of %s honours require_auth=%s', async (role, methods, isAllowed) => {
    const outcome = await withOurs(at(role, `require_auth=${methods}`));
    expect(outcome).toContain(isAllowed ? 'public' : 'which require_auth does not allow');
  });

  it('takes search_path of options, as psql does', async () => {
    const address = at('trust', 'options=-c%20search_path%3Dbooks');
    expect([withPsql(address), await withOurs(address)]).toEqual(['books', 'books']);
  });

  it('sends no password to a server that asks for it in a way that is not allowed', async () => {
    const heard: string[] = [];
    const asking = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.on('data', (bytes) => heard.push(bytes.toString('latin1')));
        socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      });
    }).listen(0, '127.0.0.1');
    await once(asking, 'listening');
    const place = `127.0.0.1:${String((asking.address() as AddressInfo).port)}`;
    for (const query of ['require_auth=scram-sha-256', 'channel_binding=require', '']) {
      const client = new ServerClient({
        connectionString: `postgresql://me:${SECRET}@${place}/d?${query}`,
        connectionTimeoutMillis: 500,
      });
      client.on('error', () => undefined);
      await expect(client.connect()).rejects.toThrow();
      expect(heard.join('').includes(SECRET)).toBe(query === '');
    }
    asking.close();
  });

  if (!HAS_TOOLS) {
    it.skip('skipped: psql and openssl are needed', () => undefined);
    return;
  }

  describe('with TLS', () => {
    beforeAll(() => server().restart());

    it.each([
      ['scram-sha-256', 'channel_binding=require&sslmode=require', 'works'],
      ['scram-sha-256', 'sslmode=require&channel_binding=require', 'works'],
      ['scram-sha-256', 'channel_binding=require', 'works'],
      ['scram-sha-256', 'sslmode=require&channel_binding=prefer', 'works'],
      ['scram-sha-256', 'sslmode=disable&channel_binding=prefer', 'works'],
      ['scram-sha-256', 'sslmode=require&channel_binding=disable', 'works'],
      ['scram-sha-256', 'sslmode=disable&channel_binding=require', 'refused'],
      ['md5', 'sslmode=require&channel_binding=require', 'refused'],
      ['password', 'sslmode=require&channel_binding=require', 'refused'],
      ['trust', 'sslmode=require&channel_binding=require', 'refused'],
    ])('of %s with %s: psql and Gatehouse agree', async (role, query, outcome) => {
      const address = at(role, query);
      const told = [withPsql(address), await withOurs(address)].map((one) =>
        one.startsWith('refused') ? 'refused' : 'works',
      );
      expect(told).toEqual([outcome, outcome]);
    });
  });
});
