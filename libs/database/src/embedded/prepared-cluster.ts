import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Returns the directory with the data files of a new database that the build made, `null` where there is none: a copy takes a
 * tenth of the time and a third of the memory of making them.
 */
export function preparedCluster(): string | null {
  const version = fileURLToPath(import.meta.resolve('#prepared-cluster'));
  return existsSync(version) ? dirname(version) : null;
}
