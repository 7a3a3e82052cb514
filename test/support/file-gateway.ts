import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway } from '#gateway/application/bootstrap';
import { JsonLogger } from '#gateway/logging/json-logger';
import { policyProblems } from '#libs/auth';
import { loadSettings } from '#libs/config';
import { Database } from '#libs/database';
import { embeddedDataDirectory } from './embedded.js';
import type { TestGateway } from './gateway.js';
import { runGatehouse, type ProcessEnd } from './gateway-process.js';

/**
 * Starts a gateway on a configuration file as `gatehouse serve` does, in the test's own process.
 * The environment supplies a free port, a data directory of its own and a log of failures only.
 * @param text content of the file
 * @throws Error naming every problem, when the configuration is refused
 */
export async function startFromFile(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  const dataDir = await embeddedDataDirectory();
  const cwd = mkdtempSync(join(tmpdir(), 'gatehouse-file-'));
  writeFileSync(join(cwd, 'config.yaml'), text);
  const environment = { PORT: '0', GATEHOUSE_DATA_DIR: dataDir, LOG_LEVEL: 'fatal', ...env };
  const result = loadSettings({ argv: {}, env: environment, cwd }, [policyProblems]);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const { settings } = result;
  const gateway = await createGateway(settings, { logger: new JsonLogger(settings.logLevel) });
  const database = gateway.app.get(Database);
  // A server that the published file names and this machine has not is not waited for.
  if (database.kind === 'embedded' || env['DATABASE_URL'] !== undefined) await database.whenReady();
  const { url } = await gateway.listen();
  return {
    url,
    gateway,
    stop: async () => {
      await gateway.shutdown();
      for (const path of [dataDir, cwd]) rmSync(path, { recursive: true, force: true });
    },
  };
}

/**
 * Runs one command of the program on a configuration file to its end, as a user would.
 * @param command such as `check`
 * @param text content of the file
 */
export async function runOnFile(
  command: string,
  text: string,
  env: Record<string, string> = {},
): Promise<ProcessEnd> {
  const cwd = mkdtempSync(join(tmpdir(), 'gatehouse-file-'));
  const file = join(cwd, 'config.yaml');
  writeFileSync(file, text);
  const end = await runGatehouse([command, '--config', file], env);
  rmSync(cwd, { recursive: true, force: true });
  return end;
}
