/**
 * `npm run test:keycloak -- [JEST ARGUMENTS]` starts a real Keycloak server and runs test/keycloak against it.
 *
 * Needs Java 17 or newer. The archive is looked for in `KEYCLOAK_CACHE` (default `node_modules/.cache/keycloak`) and in the
 * local Maven repository, then fetched through `mvn`. Where something of this is missing, the tests are skipped and the
 * reason is printed. Ends with the line `N passed, N failed, N skipped`. A server that already runs is used when
 * `KEYCLOAK_URL`, `KEYCLOAK_PID` (leader of its process group) and `KEYCLOAK_PASSWORD` name it. Tests that need more are
 * skipped without it: `KEYCLOAK_ARCHIVE` (the zip file), `KEYCLOAK_HTTPS_URL` and `KEYCLOAK_TLS` (a directory
 * with `ca.pem` of a CA, and `server.pem` and `server.key` from it, which serve as a client's certificate too).
 */
import './pinned-node.mjs';

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const VERSION = '26.7.3';
const NAME = `keycloak-quarkus-dist-${VERSION}.zip`;
const START_LIMIT_MS = 360_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = process.env.KEYCLOAK_CACHE ?? join(ROOT, 'node_modules/.cache/keycloak');
const MAVEN = join(homedir(), '.m2/repository/org/keycloak/keycloak-quarkus-dist', VERSION, NAME);

/** Ends the run without a failure: what is missing belongs to the machine, not to the project. */
class SkipError extends Error {
  name = 'SkipError';
}

const runs = (command, args, options = {}) =>
  spawnSync(command, args, { stdio: 'ignore', ...options }).status === 0;

function requireJava() {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  if (status !== 0) throw new SkipError('there is no java (17 or newer is needed)');
  const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (major < 17) throw new SkipError(`java is version ${major}, 17 or newer is needed`);
}

function findArchive() {
  const find = () => [join(CACHE, NAME), MAVEN].find((path) => existsSync(path));
  const found = find();
  if (found) return found;
  const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
  const args = ['-q', '-B', 'dependency:get', `-Dartifact=${artifact}`, '-Dtransitive=false'];
  console.log(`fetching ${artifact} through mvn`);
  runs('mvn', args, { timeout: 600_000 });
  const fetched = find();
  if (!fetched) throw new SkipError(`${NAME} is neither in ${CACHE} nor could mvn fetch it`);
  return fetched;
}

/** Unpacks once; every start has fresh data, because the database is in memory. */
function unpack(archive) {
  const home = join(CACHE, `keycloak-${VERSION}`);
  if (existsSync(join(home, 'version.txt'))) return home;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  const tools = [
    ['unzip', ['-q', '-o', archive, '-d', CACHE]],
    ['jar', ['xf', archive]],
    ['python3', ['-m', 'zipfile', '-e', archive, CACHE]],
  ];
  if (tools.some(([tool, args]) => runs(tool, args, { cwd: CACHE }))) return home;
  throw new SkipError('the archive cannot be unpacked: install unzip');
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A CA of its own in `folder`, and the server's certificate from it; `false` without openssl 3. */
function issueCertificate(folder) {
  const at = (name) => join(folder, name);
  const key = (name) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`)];
  const ca = ['-x509', '-days', '2', '-subj', '/CN=Keycloak test CA', '-out', at('ca.pem')];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE'];
  const leaf = ['-x509', '-days', '2', '-subj', '/CN=127.0.0.1', '-out', at('server.pem')];
  const issuer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key')];
  return (
    runs('openssl', ['req', ...key('ca'), ...ca]) &&
    runs('openssl', ['req', ...key('server'), ...leaf, ...names, ...issuer])
  );
}

async function start(home) {
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keycloak-'));
  const log = join(folder, 'log');
  const httpsPort = issueCertificate(folder) ? await freePort() : null;
  const args = ['bin/kc.sh', 'start-dev', '--db=dev-mem'];
  args.push('--http-host=127.0.0.1', `--http-port=${port}`);
  if (httpsPort !== null) {
    args.push(`--https-port=${httpsPort}`);
    args.push(`--https-certificate-file=${join(folder, 'server.pem')}`);
    args.push(`--https-certificate-key-file=${join(folder, 'server.key')}`);
    // Clients may show a certificate of the same CA, for tokens that are bound to it (RFC 8705).
    args.push('--https-client-auth=request', `--truststore-paths=${join(folder, 'ca.pem')}`);
  }
  const child = spawn('bash', args, {
    cwd: home,
    // A process group of its own: kc.sh may stay as the parent of the server.
    detached: true,
    stdio: ['ignore', openSync(log, 'w'), openSync(log, 'a')],
    env: {
      ...process.env,
      KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
      KC_BOOTSTRAP_ADMIN_PASSWORD: password,
      // Shortens the start by a third on two processors.
      JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
    },
  });
  const server = { child, log, folder, password, httpsPort, url: `http://127.0.0.1:${port}` };
  await untilReady(server);
  return server;
}

/** What the tests learn of the server. */
function environmentOf({ url, password, child, folder, httpsPort }, archive) {
  return {
    KEYCLOAK_URL: url,
    KEYCLOAK_PID: String(child.pid),
    KEYCLOAK_PASSWORD: password,
    KEYCLOAK_ARCHIVE: archive,
    ...(httpsPort !== null && {
      KEYCLOAK_HTTPS_URL: `https://127.0.0.1:${httpsPort}`,
      KEYCLOAK_TLS: folder,
    }),
  };
}

async function untilReady({ child, log, url }) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const options = { signal: AbortSignal.timeout(5_000) };
    const response = await fetch(`${url}/realms/master`, options).catch(() => null);
    if (response?.ok) return;
    await delay(500);
  }
  console.error(readFileSync(log, 'utf8').slice(-4_000));
  process.kill(-child.pid, 'SIGKILL');
  throw new Error('Keycloak did not start');
}

function runJest(env) {
  const args = ['node_modules/jest/bin/jest.js', '--config', 'jest.keycloak.cjs'];
  args.push(...process.argv.slice(2));
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env });
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}

async function stop({ child, folder }) {
  const ended = new Promise((resolve) => child.once('close', resolve));
  // A server that a test left frozen takes no other signal.
  process.kill(-child.pid, 'SIGKILL');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  if (process.env.KEYCLOAK_URL) return runJest(process.env);
  requireJava();
  const before = Date.now();
  const archive = findArchive();
  const server = await start(unpack(archive));
  console.log(`Keycloak ${VERSION} started in ${Math.round((Date.now() - before) / 1000)} s`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void stop(server).then(() => process.exit(1)));
  }
  try {
    return await runJest({ ...process.env, ...environmentOf(server, archive) });
  } finally {
    await stop(server);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isSkip = error instanceof SkipError;
  console.log(`Keycloak tests ${isSkip ? 'are skipped' : 'failed'}: ${error.message}`);
  console.log(isSkip ? '0 passed, 0 failed, 1 skipped' : '0 passed, 1 failed, 0 skipped');
  process.exitCode = isSkip ? 0 : 1;
}
