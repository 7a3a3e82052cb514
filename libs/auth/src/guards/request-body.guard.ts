import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { isModelRoute, RELAYS_BODY_METADATA } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { mayHaveBody, takeRelayedBody } from '../body/body-intake.js';
import { guardedCall, isMarked, keepBody } from '../body/guarded-request.js';
import { keepParsedBody } from '../body/parsed-body.js';
import type { AccessDecision } from '../call/access-decision.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { passes } from './passes.js';

/**
 * Reads the body of a request on a route that calls models, because the guards behind it evaluate members of that
 * body. It runs behind the guard jwt-auth: a caller without a credential cannot make the gateway read a body
 * (docs/adr/0021-bodies-and-admission.md). The bodies of all other routes are read by the `DtoBodyStep`.
 */
@Injectable()
export class RequestBodyGuard implements CanActivate {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Reads the body of the call that the guard jwt-auth opened; open routes have no call.
   * @param context the handler and its request
   * @throws GatehouseError `body_too_large`, `request_invalid`
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardedCall(context);
    if (call === null) return true;
    const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
    const isEvaluated = call.route !== null && isModelRoute(call.route);
    const request = context.switchToHttp().getRequest<Request>();
    if (!isRelayed && !(isEvaluated && mayHaveBody(request.method))) return true;
    const reading = this.pipeline.attempt('jwt-auth', call, () =>
      isRelayed ? this.keepBytes(request, call) : keepParsedBody(request, call, this.limitBytes),
    );
    return passes(reading);
  }

  private get limitBytes(): number {
    return this.settings.current.server.bodyLimitBytes;
  }

  private async keepBytes(request: Request, call: AccessDecision): Promise<void> {
    const body = await takeRelayedBody(request, this.limitBytes);
    if (body !== null) keepBody(request, call, body);
  }
}
