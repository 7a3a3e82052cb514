import { resolve } from 'node:path';
import type { Settings } from '#libs/config';
import {
  Database,
  holdsEmbeddedDatabase,
  holdsGatehouseTables,
  readLockHolder,
} from '#libs/database';
import { Reconciler, type ReconcileReport } from '#libs/spend';
import { createTools } from '../application/bootstrap.js';
import { askRunningProcess } from '../control/control-socket.js';
import { EXIT } from './exit-code.js';
import { readyOrLasting } from './ready-within.js';

const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Proves that every spend total equals the sum of its entries.
 *
 * The embedded database can be opened by one process alone, so a running gateway is asked over its
 * control socket; otherwise this process opens the database itself.
 * @returns 0 when everything adds up, 1 with the differences printed when not
 */
export async function reconcile(settings: Settings): Promise<number> {
  const report = await obtainReport(settings);
  process.stdout.write(formatReport(report));
  return report.differences.length === 0 ? EXIT.ok : EXIT.failed;
}

async function obtainReport(settings: Settings): Promise<ReconcileReport> {
  if (settings.databaseUrl === null && readLockHolder(settings.dataDir)?.alive === true) {
    return (await askRunningProcess(settings.dataDir, 'reconcile')) as ReconcileReport;
  }
  if (settings.databaseUrl === null) refuseWithoutDatabase(settings.dataDir);
  else await refuseWithoutTables(settings.databaseUrl);
  const tools = await createTools(settings);
  try {
    await readyOrLasting(tools.get(Database), CONNECT_TIMEOUT_MS);
    return await tools.get(Reconciler).run();
  } finally {
    await tools.close();
  }
}

/** Opening a directory without a database would make one, whose empty books always add up. */
function refuseWithoutDatabase(dataDir: string): void {
  if (holdsEmbeddedDatabase(dataDir)) return;
  throw new Error(
    `the data directory ${resolve(dataDir)} holds no database whose books could be compared; ` +
      'name the directory that the gateway uses (GATEHOUSE_DATA_DIR or gatehouse.data_dir), or set DATABASE_URL',
  );
}

/** Migrations would make the tables there, whose empty books always add up. */
async function refuseWithoutTables(databaseUrl: string): Promise<void> {
  if (await holdsGatehouseTables(databaseUrl)) return;
  throw new Error(
    'the database of DATABASE_URL holds no tables of Gatehouse whose books could be compared; ' +
      'name the database that the gateway uses (DATABASE_URL or general_settings.database_url)',
  );
}

function formatReport(report: ReconcileReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
