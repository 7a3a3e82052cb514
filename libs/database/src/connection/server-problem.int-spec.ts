import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Logger, type LoggerService } from '@nestjs/common';
import pg from 'pg';
import { describeWithPostgres } from '#support/postgres';
import { holdsGatehouseTables } from './foreign-database.js';
import { createDatabase } from '../open-database.js';

const SECRET = 'pass-word-1234';

class Lines implements LoggerService {
  readonly errors: string[] = [];
  log(): void {
    return;
  }
  warn(): void {
    return;
  }
  error(message: unknown): void {
    this.errors.push(String(message));
  }
}

/** What the log of a gateway says that cannot use the database, and what readiness says. */
async function saidOf(databaseUrl: string): Promise<{ log: string; problem: string | null }> {
  const lines = new Lines();
  Logger.overrideLogger(lines);
  const database = createDatabase({ databaseUrl, dataDir: '' }, { entities: [] });
  try {
    database.start();
    const deadline = Date.now() + 15_000;
    while (lines.errors.length === 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return { log: lines.errors.join('\n'), problem: database.problem() };
  } finally {
    await database.close();
    Logger.overrideLogger(false);
  }
}

describeWithPostgres('a server that cannot be used', (server) => {
  let port: string;

  const at = (changes: { host?: string; port?: string; user?: string; database?: string }) =>
    `postgresql://${changes.user ?? 'postgres'}:${SECRET}@${changes.host ?? '127.0.0.1'}:${changes.port ?? port}/${changes.database ?? 'postgres'}`;

  beforeAll(async () => {
    port = new URL(server().url).port;
    const client = new pg.Client({ connectionString: server().url });
    await client.connect();
    await client.query(`CREATE ROLE knocking LOGIN PASSWORD 'another'`);
    await client.query('CREATE ROLE guest LOGIN');
    await client.query('CREATE ROLE crowd LOGIN CONNECTION LIMIT 0');
    await client.query('CREATE DATABASE closed');
    await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    const { rows } = await client.query<{ hba_file: string }>('SHOW hba_file');
    const file = rows[0]?.hba_file ?? '';
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, 'host all knocking 127.0.0.1/32 scram-sha-256\n');
    appendFileSync(file, before);
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  });

  it.each([
    ['28P01', { user: 'knocking' }, 'the server does not accept the password'],
    ['28000', { user: 'stranger' }, 'the server does not let this user in'],
    ['3D000', { database: 'missing' }, 'the database does not exist'],
    ['53300', { user: 'crowd' }, 'the server has no connection left for this user'],
    ['42501', { user: 'guest' }, 'the user may not do this in the database'],
    ['ENOTFOUND', { host: 'nowhere.invalid' }, 'the name '],
    ['ECONNREFUSED', { port: '1' }, 'the server refuses the connection'],
  ])('%s: log and readiness say it in words', async (code, changes, words) => {
    const { log, problem } = await saidOf(at(changes));
    const place = { host: '127.0.0.1', port, database: 'postgres', user: 'postgres', ...changes };
    expect(log).toContain(`no connection: ${words}`);
    expect(log).toContain(
      `(host ${place.host}, port ${place.port}, database ${place.database}, user ${place.user})`,
    );
    expect(problem).toContain(words);
    expect(problem).not.toContain('127.0.0.1');
    expect(`${log}${problem ?? ''}`).not.toContain(SECRET);
    expect(log).toMatch(code === 'ENOTFOUND' ? /ENOTFOUND|EAI_AGAIN/ : new RegExp(`\\(${code}\\)`));
  });

  it('57P03 and a server that does not respond: the commands say it in words', async () => {
    const message = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
    const head = Buffer.from([0x45, 0, 0, 0, message.length + 4]);
    const starting = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end(Buffer.concat([head, message])));
    }).listen(0, '127.0.0.1');
    // Reads, so that it notices the end of its client.
    const silent = createServer((socket) => socket.on('error', () => undefined).resume()).listen(
      0,
      '127.0.0.1',
    );
    await Promise.all([once(starting, 'listening'), once(silent, 'listening')]);
    const portOf = (one: typeof silent): string => String((one.address() as AddressInfo).port);
    await expect(holdsGatehouseTables(at({ port: portOf(starting) }))).rejects.toThrow(
      /^the PostgreSQL database cannot be used \(host 127\.0\.0\.1, .*\): the server is starting, stopping or recovering \(57P03\): wait/,
    );
    await expect(holdsGatehouseTables(at({ port: portOf(silent) }))).rejects.toThrow(
      /user postgres\): the server does not respond \(ETIMEDOUT\): check host, port/,
    );
    starting.close();
    silent.close();
  });
});
