/**
 * Builds `dist/` when it is missing or does not match the sources, and is safe when several processes want that at once.
 *
 * The build goes into a directory of its own and replaces `dist/` only when it is complete, so a start never runs half a
 * build. A stamp inside `dist/` holds a fingerprint of what it was built from: contents rather than times, because a
 * checkout or a copy changes times in either direction.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const dist = join(root, 'dist');
const stamp = join(dist, '.fingerprint');
const lock = join(root, 'node_modules', '.gatehouse-build.lock');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const inputs = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'ormconfig.ts',
  'scripts/bundle.mjs',
  'scripts/prepare-cluster.mjs',
  'apps',
  'libs',
];

/** Where a build died without cleaning up, its lock is ignored after this time even if its process id is in use again. */
const LOCK_MAX_AGE_MS = 300_000;

/**
 * Makes `dist/` current. With `force` it builds even if nothing changed. Returns whether `dist/` may be used; the
 * reason why not has been printed then.
 */
export async function ensureBuild({ force = false } = {}) {
  // An installed image carries dist/ alone: nothing to compare with, nothing to build from.
  if (!existsSync(join(root, 'apps')) || !existsSync(tsc)) {
    if (existsSync(dist)) return true;
    console.error(
      'gatehouse: there is no dist/ and no compiler to build it with; run `npm ci` first.',
    );
    return false;
  }
  if (!force && isCurrent()) return true;
  await takeLock();
  try {
    return (!force && isCurrent()) || (await build());
  } finally {
    rmSync(lock, { force: true });
  }
}

function isCurrent() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

async function build() {
  const fresh = join(root, `.dist-${process.pid}`);
  // Taken before compiling: a file that changes meanwhile makes the next start build again.
  const built = fingerprint();
  try {
    rmSync(fresh, { recursive: true, force: true });
    const compiler = spawnSync(
      process.execPath,
      [tsc, '--project', 'tsconfig.build.json', '--outDir', fresh],
      // Standard output belongs to the program that is started afterwards.
      { cwd: root, stdio: ['ignore', 2, 2] },
    );
    if (compiler.status !== 0) {
      console.error('gatehouse: the build failed; dist/ was left as it is.');
      return false;
    }
    // Loaded only now: most starts build nothing.
    const { bundleGateway } = await import('./bundle.mjs');
    await bundleGateway(fresh);
    const { prepareCluster } = await import('./prepare-cluster.mjs');
    await prepareCluster(join(fresh, 'cluster'));
    writeFileSync(join(fresh, '.fingerprint'), built);
    const old = `${fresh}-old`;
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
    rmSync(old, { recursive: true, force: true });
    return true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((path) => sourceFiles(join(root, path))).sort()) {
    const content = readFileSync(file);
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function sourceFiles(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => /\.(ts|mts|json)$/.test(name) && !/spec\.ts$|node_modules/.test(name))
    .map((name) => join(path, name));
}

async function takeLock() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned()) rmSync(lock, { force: true });
    else await delay(100);
  }
}

function isAbandoned() {
  try {
    if (Date.now() - statSync(lock).mtimeMs > LOCK_MAX_AGE_MS) return true;
    const owner = Number(readFileSync(lock, 'utf8'));
    // Empty: its owner is just about to write its id.
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (error) {
    // ENOENT: released meanwhile, and the next attempt takes it. EPERM: the process lives, as another user.
    return error.code === 'ESRCH';
  }
}
