import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { settingsFromYaml } from '#libs/config';
import { describeWithPostgres } from '#support/postgres';
import { driverAddress, placeOf, resolveAddress } from './server-address.js';

jest.setTimeout(60_000);

const HAS_TOOLS = ['psql', 'openssl'].every(
  (tool) => spawnSync(tool, ['version']).error === undefined,
);

describeWithPostgres('addresses of a PostgreSQL server', (server) => {
  let folder: string;
  let port: string;
  let sockets: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'));
    port = new URL(server().url).port;
    const client = new pg.Client({ connectionString: server().url });
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.end();
    const data = rows[0]?.data_directory ?? '';
    sockets = dirname(data);
    symlinkSync(sockets, join(folder, 'a:b:c'));
    authority('ca');
    authority('other');
    certificate(data);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };

  function authority(name: string): void {
    const subject = ['-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject);
  }

  function certificate(data: string): void {
    const files = ['-keyout', join(data, 'server.key'), '-out', join(data, 'server.crt')];
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
    openssl('req', ...kind, ...signed, ...files, '-addext', 'basicConstraints=critical,CA:FALSE');
    const { uid, gid } = statSync(data);
    for (const name of ['server.key', 'server.crt']) chownSync(join(data, name), uid, gid);
  }

  function withPsql(address: string): string {
    const { status } = spawnSync('psql', [address, '-Atc', 'SELECT 1'], {
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, PGCONNECT_TIMEOUT: '5' },
    });
    return status === 0 ? 'works' : 'refused';
  }

  async function withOurs(address: string): Promise<string> {
    try {
      const { databaseUrl } = settingsFromYaml('', { DATABASE_URL: address });
      const client = new pg.Client({ connectionString: await resolveAddress(databaseUrl ?? '') });
      client.on('error', () => undefined);
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      return 'works';
    } catch {
      return 'refused';
    }
  }

  const at = (host: string, query = ''): string =>
    `postgresql://postgres@${host}:${port}/postgres${query.replaceAll('~', folder)}`;

  const ADDRESSES: readonly (readonly [string, () => string])[] = [
    ['no sslmode', () => at('127.0.0.1')],
    ['sslmode=disable', () => at('127.0.0.1', '?sslmode=disable')],
    ['sslmode=allow', () => at('127.0.0.1', '?sslmode=allow')],
    ['sslmode=prefer', () => at('127.0.0.1', '?sslmode=prefer')],
    ['sslmode=require', () => at('127.0.0.1', '?sslmode=require')],
    ['require, its CA', () => at('127.0.0.1', '?sslmode=require&sslrootcert=~/ca.crt')],
    ['require, another CA', () => at('127.0.0.1', '?sslmode=require&sslrootcert=~/other.crt')],
    ['verify-ca, its CA', () => at('127.0.0.1', '?sslmode=verify-ca&sslrootcert=~/ca.crt')],
    ['verify-ca, another CA', () => at('localhost', '?sslmode=verify-ca&sslrootcert=~/other.crt')],
    ['verify-ca, no CA', () => at('localhost', '?sslmode=verify-ca')],
    ['verify-full, its CA', () => at('localhost', '?sslmode=verify-full&sslrootcert=~/ca.crt')],
    ['verify-full, no CA', () => at('localhost', '?sslmode=verify-full')],
    ['verify-full, system', () => at('localhost', '?sslmode=verify-full&sslrootcert=system')],
    ['an unknown mode', () => at('localhost', '?sslmode=sometimes')],
    [
      'socket directory as a parameter',
      () => `postgresql://postgres@/postgres?host=${sockets}&port=${port}`,
    ],
    ['socket directory as the host', () => at(encodeURIComponent(sockets))],
    [
      'keyword form',
      () => `host=127.0.0.1 port=${port} dbname=postgres user=postgres password='it\\'s'`,
    ],
    ['keyword form, socket', () => `host=${sockets} port=${port} dbname=postgres user=postgres`],
    [
      'Cloud SQL, host as a parameter',
      () => `postgresql://postgres@/postgres?host=${folder}/a:b:c&port=${port}`,
    ],
    ['Cloud SQL, encoded host', () => at(encodeURIComponent(`${folder}/a:b:c`))],
    [
      'Cloud SQL, keyword form',
      () => `host=${folder}/a:b:c port=${port} dbname=postgres user=postgres`,
    ],
    ['one host, for writes', () => at('127.0.0.1', '?target_session_attrs=read-write')],
    ['one host, without writes', () => at('127.0.0.1', '?target_session_attrs=standby')],
    ['keyword form, unknown', () => `hots=127.0.0.1 port=${port} dbname=postgres user=postgres`],
    ['parts behind "?"', () => `postgresql://127.0.0.1?port=${port}&dbname=postgres&user=postgres`],
    ['socket directory with sslmode', () => at(encodeURIComponent(sockets), '?sslmode=require')],
  ];

  /** The table of docs/reference/database-addresses.md. */
  const REFUSED_WITH_TLS = new Set([
    'require, another CA',
    'verify-ca, another CA',
    'verify-ca, no CA',
    'verify-full, no CA',
    'verify-full, system',
    'an unknown mode',
    'keyword form, unknown',
    'one host, without writes',
  ]);

  if (!HAS_TOOLS) {
    it.skip('skipped: psql and openssl are needed', () => undefined);
    return;
  }

  test.each(ADDRESSES)('%s: psql and Gatehouse agree without TLS', async (_name, address) => {
    expect(await withOurs(address())).toBe(withPsql(address()));
  });

  describe('with TLS', () => {
    beforeAll(() => server().restart());

    test.each(ADDRESSES)('%s: psql and Gatehouse agree', async (name, address) => {
      const outcome = REFUSED_WITH_TLS.has(name) ? 'refused' : 'works';
      expect([withPsql(address()), await withOurs(address())]).toEqual([outcome, outcome]);
    });

    it('is used where the address leaves it open', async () => {
      const client = new pg.Client({ connectionString: await resolveAddress(at('127.0.0.1')) });
      await client.connect();
      const { rows } = await client.query<{ ssl: boolean }>(
        'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      await client.end();
      expect(rows[0]?.ssl).toBe(true);
    });
  });

  it('takes the socket of Cloud SQL with its colons as they are, which psql refuses', async () => {
    const address = at(`${encodeURIComponent(folder)}%2Fa:b:c`);
    expect([withPsql(address), await withOurs(address)]).toEqual(['refused', 'works']);
  });

  it('refuses several hosts, which psql tries in turn', async () => {
    const address = `postgresql://postgres@127.0.0.1:${port},127.0.0.1:1/postgres`;
    expect([withPsql(address), await withOurs(address)]).toEqual(['works', 'refused']);
  });

  it("takes Prisma's parameters", async () => {
    const prisma =
      '?connection_limit=5&pool_timeout=20&pgbouncer=true&schema=public&sslmode=prefer';
    expect(await withOurs(at('127.0.0.1', prisma))).toBe('works');
  });

  test.each([
    ['?sslmode=no-verify', /sslmode=require/],
    ['?sslmode=require&sslaccept=strict', /sslmode=verify-full/],
    ['?ssl=true', /\?ssl=true$/],
    ['?sslrootcert=system', /books\?uselibpqcompat=true&sslmode=verify-full$/],
    ['?sslrootcert=system&sslmode=verify-full', /books\?uselibpqcompat=true&sslmode=verify-full$/],
  ])('understands the parameters of other drivers: %s', (query, rewritten) => {
    expect(driverAddress(`postgresql://me@db.example/books${query}`, true)).toMatch(rewritten);
  });

  it('is named without its password', () => {
    expect(placeOf('postgresql://me:secret@db.example/books?sslmode=require')).toEqual({
      host: 'db.example',
      port: '5432',
      database: 'books',
      user: 'me',
    });
  });
});
