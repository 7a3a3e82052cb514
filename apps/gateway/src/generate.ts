import 'reflect-metadata';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configJsonSchema, settingsFromYaml } from '#libs/config';
import { createGateway } from './bootstrap.js';
import { JsonLogger } from './logging/json-logger.js';
import { apiDocumentOf } from './openapi.js';

/*
 * Writes the files that are made from the code: the OpenAPI document and the JSON Schema of
 * config.yaml. With `--check` nothing is written, and a file that differs ends the run with 1.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-generate-'));
const settings = settingsFromYaml(`
gatehouse:
  data_dir: ${JSON.stringify(dataDir)}
`);
const gateway = await createGateway(settings, { logger: new JsonLogger('fatal') });
const files: Readonly<Record<string, unknown>> = {
  'docs/reference/openapi.json': apiDocumentOf(gateway.app),
  'config/gatehouse.schema.json': configJsonSchema(),
};
const stale: string[] = [];
for (const [path, content] of Object.entries(files)) {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(path);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
}
await gateway.shutdown();
rmSync(dataDir, { recursive: true, force: true });
if (stale.length > 0) {
  const verb = process.argv.includes('--check')
    ? 'differs from the code (npm run generate)'
    : 'written';
  process.stdout.write(stale.map((path) => `${path}: ${verb}\n`).join(''));
}
process.exit(process.argv.includes('--check') && stale.length > 0 ? 1 : 0);
