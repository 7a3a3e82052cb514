import { ServerClient } from './server-client.js';
import { placeInWords, resolveAddress } from './server-address.js';
import { problemInWords } from './server-problem.js';

const TIMEOUT_MS = 10_000;

/** The tables where ours would be made, without those of extensions. */
const TABLES = `
  SELECT relname AS name FROM pg_class
  WHERE relkind IN ('r', 'p')
    AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    AND NOT EXISTS (SELECT FROM pg_depend
                    WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
  ORDER BY relname`;
/** Made before every other table of ours. */
const FIRST_TABLE = 'gatehouse_migrations';
const SHOWN_TABLES = 3;

/** Runs a statement without parameters and returns its rows. */
type RunQuery = (sql: string) => Promise<readonly { readonly name: string }[]>;

/**
 * Says whose tables a database holds where they are not those of Gatehouse. Changes nothing there.
 * @param query runs a statement in the database
 * @returns what is wrong, with the remedy; `null` when the database is empty or ours
 */
export async function foreignTablesProblem(query: RunQuery): Promise<string | null> {
  const names = (await query(TABLES)).map(({ name }) => name);
  if (names.length === 0 || names.includes(FIRST_TABLE)) return null;
  const isLiteLlm = names.some((name) => name.startsWith('LiteLLM_'));
  const shown =
    names.slice(0, SHOWN_TABLES).join(', ') + (names.length > SHOWN_TABLES ? ', …' : '');
  const owner = isLiteLlm ? 'the tables of LiteLLM' : 'tables of another program';
  return (
    `the database holds ${owner} (${shown}) and none of Gatehouse; nothing was changed there. ` +
    'Give Gatehouse a database of its own (CREATE DATABASE gatehouse) and write its address'
  );
}

/**
 * Tells whether a PostgreSQL database has the tables of Gatehouse. Changes nothing there.
 * @param url address with credentials; never part of an error
 * @throws Error in words when the database cannot be reached
 */
export async function holdsGatehouseTables(url: string): Promise<boolean> {
  const client = new ServerClient({
    connectionString: await resolved(url),
    application_name: 'gatehouse look',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ name: string }>(TABLES);
    const names = rows.map(({ name }) => name);
    return [FIRST_TABLE, 'spend_entries'].every((name) => names.includes(name));
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
