import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns the directory of the embedded database.
 * @param dataDir the data directory of the gateway
 */
export function embeddedDirectory(dataDir: string): string {
  return join(dataDir, 'database');
}

/**
 * Returns true when a data directory holds a complete embedded database. Creates and changes nothing. The embedded
 * worker asks for the same file before it creates a database.
 * @param dataDir the data directory of the gateway
 */
export function holdsEmbeddedDatabase(dataDir: string): boolean {
  return existsSync(join(embeddedDirectory(dataDir), 'PG_VERSION'));
}
