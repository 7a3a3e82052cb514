import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Returns the version of this program, from the `package.json` above the script that was started; `unknown` where
 * there is none.
 * @param script path of a file of the program
 */
export function programVersion(script = process.argv[1] ?? ''): string {
  for (let folder = dirname(script); ; folder = dirname(folder)) {
    const found = versionIn(folder);
    if (found !== null) return found;
    if (folder === dirname(folder)) return 'unknown';
  }
}

function versionIn(folder: string): string | null {
  try {
    const content = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name?: unknown;
      readonly version?: unknown;
    };
    return content.name === 'gatehouse' && typeof content.version === 'string'
      ? content.version
      : null;
  } catch {
    return null;
  }
}
