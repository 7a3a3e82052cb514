import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { RELAYS_BODY_METADATA } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { guardedCall, isMarked } from '../body/guarded-request.js';
import { keepParsedBody, type DtoRequest } from '../body/parsed-body.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { HandlerStep } from './handler-step.js';

/**
 * Reads and parses the body of a request whose handler takes a DTO. It runs behind the guards, so a caller that may
 * not use the route cannot make the gateway parse a body, and in front of the pipe that validates the DTO. On routes
 * that call models the `RequestBodyGuard` has read the body already.
 */
@Injectable()
export class DtoBodyStep implements HandlerStep {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Puts the parsed body on the request, the empty object when there is none.
   * @throws GatehouseError `body_too_large`, `request_invalid`
   */
  prepare(context: ExecutionContext): void | Promise<void> {
    const call = guardedCall(context);
    if (call === null || isMarked(context, this.reflector, RELAYS_BODY_METADATA)) return;
    const request = context.switchToHttp().getRequest<DtoRequest>();
    if (request.body !== undefined) return;
    const { bodyLimitBytes } = this.settings.current.server;
    return this.pipeline.attempt('policies', call, () =>
      keepParsedBody(request, call, bodyLimitBytes),
    );
  }
}
