/**
 * Imported first (`node --import`, or as the first import of a script): sees to it that the Node.js that runs is new enough.
 *
 * `npm ci` brings the pinned Node.js, and npm 11 puts it first on the path of every `npm run`. npm 10, which comes with
 * Node 20 and 22, installs it too but then deletes its link in node_modules/.bin together with those of the other
 * platforms. So on a Node.js that is too old the link is made again and the same command continues there.
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 24 || (major === 24 && minor < 11)) {
  const pinned = installedNode();
  if (!pinned) {
    console.error(
      `gatehouse needs Node.js 24.11 or newer, this is ${process.versions.node}; \`npm ci\` brings one for \`npm run …\`.`,
    );
    process.exit(1);
  }
  link(pinned);
  process.exit(await continueOn(pinned));
}

function installedNode() {
  const { platform, arch } = process;
  const names = [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`];
  if (platform === 'win32') names.push(`node-win-${arch}`);
  return names
    .map((name) => join(modules, name, 'bin', platform === 'win32' ? 'node.exe' : 'node'))
    .find((path) => existsSync(path));
}

/** For the commands that follow; without it, only they are the worse for it. */
function link(pinned) {
  if (process.platform === 'win32') return;
  const path = join(modules, '.bin', 'node');
  try {
    rmSync(path, { force: true });
    symlinkSync(pinned, path);
  } catch {
    // A read-only checkout, or another process was faster.
  }
}

function continueOn(pinned) {
  const child = spawn(pinned, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}
