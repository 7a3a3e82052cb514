import 'reflect-metadata';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configJsonSchema, settingsFromYaml } from '#libs/config';
import { createGateway } from './application/bootstrap.js';
import { casePage } from './case-page.js';
import { inferencePage } from './inference-page.js';
import { JsonLogger } from './logging/json-logger.js';
import { keyPage } from './key-page.js';
import { narrowingPage } from './narrowing-page.js';
import { apiDocumentOf } from './openapi/api-document.js';

/*
 * Writes the files that are made from the code: the OpenAPI document, the page of inference routes, the JSON Schema of config.yaml,
 * the page of its keys, the page of settings that narrow access and the page of pipeline cases. With `--check` nothing is written, and a file that differs ends the run with 1.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-generate-'));
const settings = settingsFromYaml(`
gatehouse:
  data_dir: ${JSON.stringify(dataDir)}
`);
const gateway = await createGateway(settings, { logger: new JsonLogger('fatal') });
const document = apiDocumentOf(gateway.app);
const files: Readonly<Record<string, string>> = {
  'docs/reference/openapi.json': jsonText(document),
  'docs/reference/inference-routes.md': inferencePage(document),
  'config/gatehouse.schema.json': jsonText(configJsonSchema()),
  'docs/reference/configuration-keys.md': keyPage(),
  'docs/reference/narrowing-settings.md': narrowingPage(),
  'docs/reference/pipeline-cases.md': casePage('test/cases'),
};
const stale: string[] = [];
for (const [path, text] of Object.entries(files)) {
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

function jsonText(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
