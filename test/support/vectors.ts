import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the published vectors, which may be absent. */
export const VECTORS =
  process.env['GATEHOUSE_VECTORS'] ?? join(import.meta.dirname, '../../../shared/vectors');

/**
 * A `describe` over one published vector file, reported as skipped where the file is absent.
 * @param file path below the folder of vectors (GATEHOUSE_VECTORS)
 * @param body gets the parsed file
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- callers name the shape of the file that they read
export function describeVectors<T>(
  file: string,
  name: string,
  body: (read: () => T) => void,
): void {
  const path = join(VECTORS, file);
  const run = existsSync(path) ? describe : describe.skip;
  run(`${name} (${file})`, () => {
    body(() => JSON.parse(readFileSync(path, 'utf8')) as T);
  });
}
