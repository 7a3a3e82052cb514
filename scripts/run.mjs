/**
 * `node scripts/run.mjs APP [ARGUMENT…]` builds if needed and becomes the app: it is imported into this process, so
 * that signals, standard streams and the exit code are the app's own.
 */
import './pinned-node.mjs';

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { ensureBuild, root } from './ensure-build.mjs';

const [app, ...args] = process.argv.slice(2);
if (!(await ensureBuild())) process.exit(1);

const entry = join(root, 'dist', 'apps', String(app), 'src', 'main.js');
if (!existsSync(entry)) {
  console.error(`gatehouse: there is no app "${app}".`);
  process.exit(64);
}
process.argv = [process.execPath, entry, ...args];
await import(pathToFileURL(entry).href);
