import { join } from 'node:path';
import { within } from '#libs/common';
import type { Settings } from '#libs/config';
import { Database, readLockHolder } from '#libs/database';
import { createGateway, type Gateway } from '../application/bootstrap.js';
import { serveControlSocket } from '../control/control-socket.js';
import { JsonLogger } from '../logging/json-logger.js';
import { addressProblem } from './address-problem.js';
import { listenFailure, startBanner } from './banner.js';
import { EXIT } from './exit-code.js';
import { readyWithin, RefusedDatabaseError } from './ready-within.js';
import { StopSignals } from './stop-signals.js';

/**
 * How long listening waits for the database, so that the first callers of a start find it there. A
 * server that is down does not hold up the probes for longer; the embedded one is merely being made.
 */
const DATABASE_PATIENCE_MS = { postgresql: 3_000, embedded: 20_000 } as const;

/**
 * How long closing may take behind the grace time. Every part has a limit of its own; this one holds
 * where one of them fails to keep it.
 */
const CLOSING_LIMIT_MS = 15_000;

/**
 * Runs the gateway until a signal ends it.
 *
 * The first SIGTERM or SIGINT, also one during the start, drains and exits 0; a second one ends at
 * once, which loses no acknowledged spend because that is in the journal already. SIGHUP is logged
 * and ignored.
 * @param configFile path of its file, for the banner
 * @param stop the signals, watched since the program began where that is known
 */
export async function serve(
  settings: Settings,
  configFile: string,
  stop = new StopSignals(),
): Promise<number> {
  refuseSharedDataDirectory(settings);
  const logger = new JsonLogger(settings.logLevel, settings.logFormat);
  watchSignals(stop, logger);
  const taken = await addressProblem(settings.server);
  if (taken !== null) {
    logger.fatal(taken, 'Bootstrap');
    logger.flush();
    return EXIT.failed;
  }
  let gateway: Gateway;
  try {
    gateway = await createGateway(settings, { logger });
  } catch (error) {
    logger.fatal(error instanceof Error ? error.message : String(error), 'Bootstrap');
    logger.flush();
    return EXIT.failed;
  }
  const ended = stop.requested.then(() => end(gateway, settings, logger));
  for (const warning of settings.warnings)
    logger.warn(`${warning.path}: ${warning.message}`, 'Configuration');
  const control = await serveControlSocket(settings.dataDir, gateway.commands, logger);
  const mayStart = await Promise.race([
    databaseOrPatience(gateway, logger),
    stop.requested.then(() => true),
  ]);
  const isUp =
    mayStart && (stop.isRequested || (await listens(gateway, logger, { settings, configFile })));
  if (!isUp) {
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

/** Whether the start may go on: with a database that is ready or may still become so. */
async function databaseOrPatience(gateway: Gateway, logger: JsonLogger): Promise<boolean> {
  const database = gateway.app.get(Database);
  try {
    await readyWithin(database, DATABASE_PATIENCE_MS[database.kind]);
    return true;
  } catch (error) {
    // A stop closes the database, which is not worth a warning.
    if (gateway.isEnding) return true;
    const message = error instanceof Error ? error.message : String(error);
    const isRefused = error instanceof RefusedDatabaseError;
    if (isRefused) logger.fatal(message, 'Database');
    else logger.warn(message, 'Database');
    return !isRefused;
  }
}

/** Whether the address could be had; a stop that came first counts as if it could. */
async function listens(
  gateway: Gateway,
  logger: JsonLogger,
  { settings, configFile }: { readonly settings: Settings; readonly configFile: string },
): Promise<boolean> {
  try {
    const address = await gateway.listen();
    logger.record('info', 'started', startBanner(settings, configFile, address.url));
    logger.record('info', 'listening', { url: address.url, port: address.port });
    return true;
  } catch (error) {
    if (gateway.isEnding) return true;
    logger.fatal(listenFailure(settings.server, error), 'Bootstrap');
    return false;
  }
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

function watchSignals(stop: StopSignals, logger: JsonLogger): void {
  void stop.requested.then((signal) => {
    logger.record('info', 'stopping', { signal });
  });
  stop.beforeSecond((signal) => {
    logger.record('warn', 'second signal, ending at once', { signal });
    logger.flush();
  });
  process.on('SIGHUP', () => {
    logger.record('warn', 'SIGHUP ignored: this version reads its configuration at start only', {});
  });
}

async function end(gateway: Gateway, settings: Settings, logger: JsonLogger): Promise<void> {
  const limitMs = settings.server.shutdownGraceSeconds * 1000 + CLOSING_LIMIT_MS;
  try {
    if (await within(limitMs, gateway.shutdown())) return;
    logger.warn('closing took too long and is given up; recorded spend is in the journal');
  } catch (error) {
    logger.fatal(error instanceof Error ? error : String(error), 'Shutdown');
  }
}
