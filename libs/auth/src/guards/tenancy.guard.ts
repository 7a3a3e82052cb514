import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { isModelRoute, RELAYS_BODY_METADATA, requestStateOf } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { JudgedCall } from '../pipeline/judged-call.js';
import { takeParsedBody } from './body-intake.js';
import { guardedCall, isMarked, keepBody } from './guarded-request.js';
import { requireOrdinaryMembers } from './ordinary-members.js';

/**
 * Last guard: afterwards the request carries its access context. The only guard that may write: rows that the
 * admission entails, and only here for handlers that take a DTO. Handlers that relay a body commit them after the
 * last point at which they can refuse, so a refused caller leaves nothing behind (decision 2.26).
 *
 * Bodies that are parsed are read here once the caller is admitted, because whoever may not use the route must not make
 * the gateway parse; on routes that call models they are read before, because the model that they name is judged.
 */
@Injectable()
export class TenancyGuard implements CanActivate {
  /**
   * @param pipeline the steps
   * @param settings the body limit
   * @param reflector marks of handlers
   */
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
    const request = context.switchToHttp().getRequest<Request>();
    const isRelayed = isMarked(context, this.reflector, RELAYS_BODY_METADATA);
    const isBodyJudged = call.route !== null && isModelRoute(call.route);
    if (!isRelayed && isBodyJudged) await this.intake(request, call);
    await this.pipeline.judge('tenancy', call);
    if (!isRelayed && !isBodyJudged) await this.intake(request, call);
    const { access } = call;
    if (access === null) throw new TypeError('the tenancy step left no access context');
    if (!isRelayed) {
      await this.pipeline.attempt('tenancy', call, () => access.admission.commit());
    }
    requestStateOf(request).access = access;
    return true;
  }

  private async intake(request: Request, call: JudgedCall): Promise<void> {
    const { bodyLimitBytes } = this.settings.current.server;
    await this.pipeline.attempt('tenancy', call, async () => {
      requireOrdinaryMembers(request.query);
      const body = await takeParsedBody(request, bodyLimitBytes);
      request.body = body?.value ?? {};
      if (body !== null) keepBody(request, call, body);
    });
  }
}
