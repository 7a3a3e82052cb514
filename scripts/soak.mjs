/**
 * `npm run test:soak` runs in full the tests that every other run cuts short: those of the files that import
 * `#support/soak`. Arguments are passed to Jest, for example `-t kill`.
 */
import './pinned-node.mjs';

import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

const files = globSync('{apps,libs,test}/**/*spec.ts').filter((path) =>
  /#support\/soak'/.test(readFileSync(path, 'utf8')),
);
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/jest/bin/jest.js',
    '--verbose',
    // One after the other: each loads the machine, and what they measure is time too.
    '--maxWorkers=1',
    '--runTestsByPath',
    ...files,
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, GATEHOUSE_SOAK: '1' } },
);
process.exit(status ?? 1);
