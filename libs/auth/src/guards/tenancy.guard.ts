import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { isModelRoute, RELAYS_BODY_METADATA } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { guardedCall, isMarked } from '../body/guarded-request.js';
import { keepParsedBody } from '../body/parsed-body.js';

/**
 * Fifth guard. Afterwards the user, organisation, team and end user of the call are known and may make
 * it. Plans writes and makes none.
 *
 * On routes that call models it reads a parsed body, because it evaluates the model that the body
 * names. The last guard reads the others.
 */
@Injectable()
export class TenancyGuard implements CanActivate {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Runs the step tenancy on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError any 403 code of tenancy or of a model, `request_invalid`, `body_too_large`,
   *   `database_unavailable`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = guardedCall(context);
    if (call === null) return true;
    const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
    const isBodyEvaluated = call.route !== null && isModelRoute(call.route);
    if (!isRelayed && isBodyEvaluated) {
      const request = context.switchToHttp().getRequest<Request>();
      const { bodyLimitBytes } = this.settings.current.server;
      await this.pipeline.attempt('tenancy', call, () =>
        keepParsedBody(request, call, bodyLimitBytes),
      );
    }
    await this.pipeline.evaluate('tenancy', call);
    return true;
  }
}
