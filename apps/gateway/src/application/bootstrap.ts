import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { GatehouseError } from '#libs/common';
import type { Settings } from '#libs/config';
import { UnsettledCalls } from '#libs/proxy';
import { Reconciler, SpendRecorder } from '#libs/spend';
import { AppModule, ToolsModule } from './app.module.js';
import type { ControlCommands } from '../control/control-socket.js';
import { corsMiddleware } from '../http/cors.middleware.js';
import { GatewayExpressAdapter } from '../http/gateway-express-adapter.js';
import { requestStateHook } from '../http/request-state.hook.js';
import { OpenRequests } from '../lifecycle/lifecycle.js';
import { JsonLogger } from '../logging/json-logger.js';
import { ApiDocumentation } from '../openapi/api-documentation.js';

/** Time for calls that the end of the grace time cuts short to tell their clients and to be booked. */
const FORCED_CLOSE_GRACE_MS = 2_000;

/** The address on which a gateway listens. */
interface ListeningAddress {
  readonly url: string;
  readonly port: number;
}

/** A gateway in this process. */
export interface Gateway {
  /** The Nest application, for tests and for generators. */
  readonly app: NestExpressApplication;
  /** The commands of the command line to a running process. */
  readonly commands: ControlCommands;
  /** Whether {@link shutdown} was called. */
  readonly isEnding: boolean;
  /**
   * Starts to listen.
   * @throws Error with the system's code when the address cannot be had; GatehouseError
   * `shutting_down` after {@link shutdown}
   */
  listen(): Promise<ListeningAddress>;
  /**
   * Stops in good order: readiness 503, no new connections, requests and streams in flight finish
   * within the grace time, spend is written out, everything is closed. Idempotent.
   */
  shutdown(): Promise<void>;
}

/** Parts that a caller may replace. */
export interface GatewayOptions {
  /** Default: a logger of the configured level on standard output. */
  readonly logger?: JsonLogger;
}

/**
 * Builds and configures the gateway without listening. Used by the command line, the demo, the
 * tests and the OpenAPI generator alike.
 */
export async function createGateway(
  settings: Settings,
  options: GatewayOptions = {},
): Promise<Gateway> {
  const logger = options.logger ?? new JsonLogger(settings.logLevel, settings.logFormat);
  const lifecycle = new OpenRequests();
  const { corsOrigins, rootPath } = settings.server;
  const adapter = new GatewayExpressAdapter({ rootPath, passThrough: settings.passThrough });
  adapter.setOnRequestHook(requestStateHook(lifecycle, logger));
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(settings, { lifecycle, logger }),
    adapter,
    { bodyParser: false, logger, abortOnError: false },
  );
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  // Lists of routes are case-sensitive; the router must not be more generous than they are.
  app.set('case sensitive routing', true);
  if (corsOrigins.length > 0) app.use(corsMiddleware(corsOrigins));
  app.get(ApiDocumentation).serveFor(app);
  await app.init();
  let ending: Promise<void> | undefined;
  let listening: Promise<ListeningAddress> | undefined;
  const stop = async (): Promise<void> => {
    lifecycle.beginStopping();
    // A server that is about to listen cannot be closed yet.
    await listening?.catch(() => undefined);
    await shutdown(app, lifecycle, settings);
  };
  return {
    app,
    commands: { reconcile: () => app.get(Reconciler).run() },
    get isEnding() {
      return ending !== undefined;
    },
    listen: () =>
      ending === undefined
        ? (listening ??= listen(app, settings))
        : Promise.reject(new GatehouseError('shutting_down')),
    shutdown: () => (ending ??= stop()),
  };
}

/** The parts that command line tools work with; the caller closes them. */
export async function createTools(settings: Settings): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(ToolsModule.forRoot(settings), {
    // What goes wrong is thrown, and printed once by the command.
    logger: false,
    abortOnError: false,
  });
}

async function listen(app: NestExpressApplication, settings: Settings): Promise<ListeningAddress> {
  const { host, port } = settings.server;
  await app.listen(port, host);
  const address = app.getHttpServer().address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${shown}:${String(address.port)}`, port: address.port };
}

async function shutdown(
  app: NestExpressApplication,
  lifecycle: OpenRequests,
  settings: Settings,
): Promise<void> {
  const server = app.getHttpServer();
  const graceMs = settings.server.shutdownGraceSeconds * 1000;
  const deadline = performance.now() + graceMs;
  server.close();
  server.closeIdleConnections();
  const relayed = app.get(UnsettledCalls);
  relayed.stopConnections();
  await lifecycle.idle(graceMs);
  if (!(await relayed.drained(Math.max(0, deadline - performance.now())))) {
    // Relays that still run end in order: the client receives an error, and the cost is that of the
    // chunks that were read.
    relayed.endAll();
    await relayed.drained(FORCED_CLOSE_GRACE_MS);
  }
  server.closeAllConnections();
  await app.get(SpendRecorder).drained();
  await app.close();
}
