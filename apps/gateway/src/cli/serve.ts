import { join } from 'node:path';
import type { Settings } from '#libs/config';
import { Database, readLockHolder } from '#libs/database';
import { createGateway, type Gateway } from '../bootstrap.js';
import { serveControlSocket } from '../control/control-socket.js';
import { JsonLogger } from '../logging/json-logger.js';
import { EXIT } from './exit-code.js';
import { readyWithin } from './ready-within.js';

/**
 * How long listening waits for the database, so that the first callers of a start find it there. A
 * server that is down does not hold up the probes for longer; the embedded one is merely being made.
 */
const DATABASE_PATIENCE_MS = { postgresql: 3_000, embedded: 20_000 } as const;

/**
 * A terminal's Ctrl+C reaches this process twice, directly and through npm: signals this close
 * together are one wish, not the second one that ends at once.
 */
const SAME_SIGNAL_MS = 500;

/**
 * Runs the gateway until a signal ends it.
 *
 * The first SIGTERM or SIGINT drains and exits 0; a second one ends at once, which loses no
 * acknowledged spend because that is in the journal already. SIGHUP is logged and ignored.
 * @param settings the configuration
 * @returns the exit code
 */
export async function serve(settings: Settings): Promise<number> {
  refuseSharedDataDirectory(settings);
  const logger = new JsonLogger(settings.logLevel);
  let gateway: Gateway;
  try {
    gateway = await createGateway(settings, { logger });
  } catch (error) {
    logger.fatal(error instanceof Error ? error.message : String(error), 'Bootstrap');
    logger.flush();
    return EXIT.failed;
  }
  for (const warning of settings.warnings)
    logger.warn(`${warning.path}: ${warning.message}`, 'Configuration');
  const control = await serveControlSocket(settings.dataDir, gateway.commands, logger);
  const ended = untilSignalled(gateway, logger);
  const database = gateway.app.get(Database);
  await readyWithin(database, DATABASE_PATIENCE_MS[database.kind]).catch((error: unknown) => {
    logger.warn(error instanceof Error ? error.message : String(error), 'Database');
  });
  try {
    const address = await gateway.listen();
    logger.record('info', 'listening', { url: address.url, port: address.port });
  } catch (error) {
    logger.fatal(listenFailure(settings, error), 'Bootstrap');
    await gateway.shutdown();
    await control.close();
    logger.flush();
    return EXIT.failed;
  }
  await ended;
  await control.close();
  logger.record('info', 'stopped', {});
  logger.flush();
  return EXIT.ok;
}

function refuseSharedDataDirectory(settings: Settings): void {
  if (settings.databaseUrl !== null) return;
  const holder = readLockHolder(settings.dataDir);
  if (holder?.alive === true) {
    throw new Error(
      `the data directory ${settings.dataDir} is in use by process ${String(holder.pid)}; ` +
        `stop it, choose another directory (GATEHOUSE_DATA_DIR), or set DATABASE_URL to share a PostgreSQL (${join(settings.dataDir, '…')} holds the embedded database, which one process at a time may open)`,
    );
  }
}

async function untilSignalled(gateway: Gateway, logger: JsonLogger): Promise<void> {
  await new Promise<void>((resolve) => {
    let stoppingSinceMs: number | null = null;
    const stop = (signal: NodeJS.Signals): void => {
      if (stoppingSinceMs !== null) {
        if (performance.now() - stoppingSinceMs < SAME_SIGNAL_MS) return;
        logger.record('warn', 'second signal, ending at once', { signal });
        logger.flush();
        process.exit(EXIT.failed);
      }
      stoppingSinceMs = performance.now();
      logger.record('info', 'stopping', { signal });
      void gateway
        .shutdown()
        .catch((error: unknown) => {
          logger.fatal(error instanceof Error ? error : String(error), 'Shutdown');
        })
        .then(resolve);
    };
    process.on('SIGTERM', stop).on('SIGINT', stop);
    process.on('SIGHUP', () => {
      logger.record(
        'warn',
        'SIGHUP ignored: this version reads its configuration at start only',
        {},
      );
    });
  });
}

function listenFailure(settings: Settings, error: unknown): string {
  const { host, port } = settings.server;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return `cannot listen on ${host}:${String(port)} (${code})`;
}
