import {
  Catch,
  Inject,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { requestStateOf, wireFormatOf } from '#libs/access';
import { wireErrorBodyOf, type GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { JsonLogger } from '../logging/json-logger.js';
import { errorHeadersOf, isChallenge } from './error-headers.js';
import { errorOf } from './error-of.js';
import { closeBehind } from './lingering-close.js';
import { metadataAddressOf, publicAddressOf } from './public-address.js';
import { noRouteError, type KnownRoutes } from './no-route.js';
import { noteFailure } from './request-log.js';

/** Injection token of the {@link KnownRoutes} of the gateway. */
export const KNOWN_ROUTES = Symbol('KnownRoutes');

/** The one place where a failure becomes an answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  /**
   * @param logger where failures that an operator must look at are explained
   * @param settings the public address, for challenges
   * @param routes the routes of this gateway, for requests that no handler takes
   */
  constructor(
    private readonly logger: JsonLogger,
    private readonly settings: SettingsStore,
    @Inject(KNOWN_ROUTES) private readonly routes: KnownRoutes,
  ) {}

  /**
   * Answers with the envelope of the route's API, or ends the connection when an answer is already under way.
   * @param host the request that it happened in
   */
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    // Handlers throw errors of their own; this one is the framework's word for a request without a handler.
    const error =
      thrown instanceof NotFoundException
        ? noRouteError(request.method, request.originalUrl, this.routes)
        : errorOf(thrown);
    this.explain(request, error);
    noteFailure(request, error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (!request.complete) closeBehind(request, response);
    const address = isChallenge(error) ? this.metadataAddress(request) : null;
    const headers = errorHeadersOf(error, address);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const { method, originalUrl: target, headers: asked } = request;
    const { endpoints } = this.settings.current.passThrough;
    const wire = wireFormatOf({ method, target, headers: asked }, endpoints);
    const { requestId } = requestStateOf(request);
    // Anthropic's clients read the id of a request there.
    if (wire === 'anthropic') response.setHeader('request-id', requestId);
    const body = wireErrorBodyOf(error, wire, requestId);
    sendJson(response, error.status, JSON.stringify(body));
  }

  private metadataAddress(request: Request): string | null {
    const { access, server } = this.settings.current;
    const address = publicAddressOf(request.headers, access.publicUrl, server.rootPath);
    return address === null ? null : metadataAddressOf(address);
  }

  private explain(request: Request, error: GatehouseError): void {
    if (error.definition.logLevel === 'info') return;
    const { requestId } = requestStateOf(request);
    this.logger.record(error.definition.logLevel, 'failure', {
      requestId,
      reason: error.code,
      ...error.context,
      ...causeOf(error.cause),
    });
  }
}

/** What `response.json()` of Express sends, which also negotiates, asks for settings and compares entity tags. */
function sendJson(response: Response, status: number, body: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** A parser's complaint quotes what it read, and that may be a prompt or a token. */
function causeOf(cause: unknown): Readonly<Record<string, unknown>> {
  if (cause instanceof SyntaxError) return { cause: 'SyntaxError' };
  return cause instanceof Error ? { cause: cause.message, stack: cause.stack } : {};
}
