import pg from 'pg';
import { placeInWords, resolveAddress } from './server-address.js';
import { problemInWords } from './server-problem.js';

const TIMEOUT_MS = 10_000;

/**
 * Tells whether a PostgreSQL database has the tables of Gatehouse. Changes nothing there.
 * @param url address with credentials; never part of an error
 * @throws Error in words when the database cannot be reached
 */
export async function holdsGatehouseTables(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: await resolved(url),
    application_name: 'gatehouse look',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ found: boolean }>(
      `SELECT to_regclass('gatehouse_migrations') IS NOT NULL
              AND to_regclass('spend_entries') IS NOT NULL AS found`,
    );
    return rows[0]?.found === true;
  } catch (error) {
    throw unusable(url, error);
  } finally {
    client.end().catch(() => undefined);
  }
}

async function resolved(url: string): Promise<string> {
  try {
    return await resolveAddress(url);
  } catch (error) {
    throw unusable(url, error);
  }
}

function unusable(url: string, cause: unknown): Error {
  return new Error(
    `the PostgreSQL database cannot be used (${placeInWords(url)}): ${problemInWords(cause)}`,
    { cause },
  );
}
