import type { Settings } from '#libs/config';
import { Database } from '#libs/database';
import { createTools } from '../application/bootstrap.js';
import { EXIT } from './exit-code.js';
import { readyOrLasting } from './ready-within.js';

const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Brings the database to this version's schema and ends.
 * @throws Error when the database does not answer within 30 seconds, and at once when its user, its name or its host is unknown
 */
export async function migrate(settings: Settings): Promise<number> {
  const tools = await createTools(settings);
  try {
    const database = tools.get(Database);
    await readyOrLasting(database, CONNECT_TIMEOUT_MS);
    process.stdout.write(
      `gatehouse: the ${database.kind} database has the schema of this version.\n`,
    );
    return EXIT.ok;
  } finally {
    await tools.close();
  }
}
