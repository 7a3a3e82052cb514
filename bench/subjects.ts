import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MODEL } from '#bench/payloads';
import { start, stop, whenReady } from '#bench/processes';
import { TEAM, VIRTUAL_KEY, type Rig } from '#bench/rig';
import type { Scenario } from '#bench/scenarios';
import type { Subject } from '#bench/subject';
import { freePort } from '#support/free-port';
import { AUDIENCE } from '#support/issuer';
import { POSTGRES_MISSING } from '#support/postgres';

/** What is measured under which name. */
export interface SubjectKind {
  readonly name: string;
  readonly title: string;
  /** Groups of scenarios that are measured on it. */
  readonly scenarios: readonly Scenario['on'][];
  readonly needsPostgres: boolean;
  /**
   * Starts it.
   * @param nodeOptions options of Node.js for the process that is measured
   */
  start(rig: Rig, nodeOptions?: readonly string[]): Promise<Subject>;
}

const EVERY: readonly Scenario['on'][] = ['main', 'databases', 'all'];

/** The relay whose cost every other is divided by. */
export const RAW: SubjectKind = {
  name: 'raw',
  title: 'raw relay',
  scenarios: EVERY,
  needsPostgres: false,
  start: startRelay,
};

/**
 * Returns the variants of the gateway.
 * @param root directory of the checkout
 */
export function gatewaysOf(root: string): readonly SubjectKind[] {
  const server = { root, database: 'postgres' } as const;
  const embedded = { root, database: 'embedded' } as const;
  return [
    gateway({
      ...server,
      name: 'postgres',
      title: 'PostgreSQL',
      durability: 'process',
      scenarios: EVERY,
    }),
    gateway({
      ...embedded,
      name: 'embedded',
      title: 'embedded',
      durability: 'process',
      scenarios: POSTGRES_MISSING === null ? ['databases', 'all'] : EVERY,
    }),
    gateway({
      ...server,
      name: 'disk',
      title: 'PostgreSQL, journal on disk',
      durability: 'disk',
      scenarios: ['all'],
    }),
  ];
}

/** The variants of this checkout's gateway. */
export const GATEWAYS = gatewaysOf('.');

/** Returns a gateway that runs already, for example one of another project. */
export function otherGateway(url: URL, pid: number | null): SubjectKind {
  return {
    name: 'other',
    title: url.host,
    scenarios: EVERY,
    needsPostgres: false,
    start: () => {
      const stopped = () => Promise.resolve();
      return Promise.resolve({ url, pid, isGateway: true, startMs: null, stop: stopped });
    },
  };
}

async function startRelay(rig: Rig, nodeOptions: readonly string[] = []): Promise<Subject> {
  const port = await freePort();
  const child = start({
    args: [...nodeOptions, 'bench/raw-relay.ts', port, rig.providerUrl],
    isSubject: true,
  });
  await whenReady(child);
  return running(child, new URL(`http://127.0.0.1:${port}`), null);
}

/** Bootstrap administrator of every gateway that is started. */
export const MASTER_KEY = 'sk-bench-master-0123456789abcdef';
const START_LIMIT_MS = 60_000;
const POLL_MS = 10;

interface GatewayVariant {
  readonly root: string;
  readonly name: string;
  readonly title: string;
  readonly database: 'postgres' | 'embedded';
  readonly durability: 'process' | 'disk';
  readonly scenarios: readonly Scenario['on'][];
}

function gateway(variant: GatewayVariant): SubjectKind {
  return {
    name: variant.name,
    title: variant.title,
    scenarios: variant.scenarios,
    needsPostgres: variant.database === 'postgres',
    start: (rig, nodeOptions = []) => startGateway(variant, rig, nodeOptions),
  };
}

/**
 * Starts a gateway as its users do, on data of its own: once on empty data, where the team and the key are made, and
 * once again for everything else.
 * @param nodeOptions options of Node.js for the second start
 */
async function startGateway(
  variant: GatewayVariant,
  rig: Rig,
  nodeOptions: readonly string[],
): Promise<Subject> {
  const directory = mkdtempSync(join(rig.directory, `${variant.name}-`));
  const { root } = variant;
  const configFile = await writeConfiguration(variant, rig, directory);
  const first = await launch(rig, { root, configFile, directory, nodeOptions: [] });
  await fill(first.url);
  await stop(first.child);
  const again = await launch(rig, { root, configFile, directory, nodeOptions });
  return running(again.child, again.url, { first: first.startMs, again: again.startMs });
}

async function writeConfiguration(
  variant: GatewayVariant,
  rig: Rig,
  directory: string,
): Promise<string> {
  if (variant.database === 'postgres' && rig.postgres === null)
    throw new Error('this machine has no PostgreSQL server');
  const isServer = variant.database === 'postgres' && rig.postgres !== null;
  const databaseUrl = isServer ? await rig.postgres.createDatabase() : undefined;
  const settings = {
    model_list: [
      {
        model_name: MODEL,
        litellm_params: {
          model: `openai/${MODEL}`,
          api_base: `${rig.providerUrl}/v1`,
          api_key: 'upstream-secret',
          input_cost_per_token: 0.00000123,
          output_cost_per_token: 0.00000777,
        },
      },
    ],
    general_settings: {
      master_key: MASTER_KEY,
      enable_jwt_auth: true,
      database_url: databaseUrl,
      litellm_jwtauth: {
        user_id_jwt_field: 'sub',
        user_email_jwt_field: 'email',
        team_id_jwt_field: 'team',
        user_allowed_email_domain: 'acme.example',
        user_id_upsert: true,
      },
    },
    gatehouse: {
      data_dir: join(directory, 'data'),
      spend: { durability: variant.durability },
    },
  };
  mkdirSync(settings.gatehouse.data_dir);
  const file = join(directory, 'config.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(settings, null, 2));
  return file;
}

interface Launch {
  readonly root: string;
  readonly configFile: string;
  readonly directory: string;
  readonly nodeOptions: readonly string[];
}

async function launch(rig: Rig, { root, configFile, directory, nodeOptions }: Launch) {
  const port = await freePort();
  const logFile = join(directory, 'log');
  const url = new URL(`http://127.0.0.1:${port}`);
  const startedAt = performance.now();
  const script = join(root, 'scripts/run.mjs');
  const command = [script, 'gateway', 'serve', '--config', configFile, '--port', port];
  const child = start({
    args: [...startOptions(root), ...nodeOptions, ...command],
    env: {
      JWT_PUBLIC_KEY_URL: rig.issuer.jwksUrl,
      JWT_ISSUER: rig.issuer.issuer,
      JWT_AUDIENCE: AUDIENCE,
    },
    logFile,
    isSubject: true,
  });
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() - startedAt > START_LIMIT_MS) {
      child.kill('SIGKILL');
      throw new Error(`the gateway did not start:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
    }
    await delay(POLL_MS);
  }
  return { child, url, startMs: performance.now() - startedAt };
}

/** The options of Node.js with which `npm start` starts the gateway of a checkout. */
function startOptions(root: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return manifest.scripts.start.split(' ').filter((part) => part.startsWith('--'));
}

async function isReady(url: URL): Promise<boolean> {
  try {
    const response = await fetch(new URL('/health/readiness', url));
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Makes the team of the tokens and the virtual key. */
async function fill(url: URL): Promise<void> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { authorization: `Bearer ${MASTER_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} is ${String(response.status)}: ${text}`);
  };
  await post('/team/new', { team_id: TEAM });
  await post('/user/new', { user_id: 'bob' });
  await post('/key/generate', { key: VIRTUAL_KEY, user_id: 'bob', team_id: TEAM });
}

function running(child: ChildProcess, url: URL, startMs: Subject['startMs']): Subject {
  const isGateway = startMs !== null;
  return { url, isGateway, pid: child.pid ?? null, startMs, stop: () => stop(child) };
}
