import { Injectable } from '@nestjs/common';
import { SettingsStore } from '#libs/config';
import { keepParsedBody } from '../body/kept-body.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { CallGuard, GuardedCall } from './call-guard.js';

/**
 * Reads and parses the body of a request whose handler takes a DTO. It runs behind the guards of the pipeline, so a caller
 * that may not use the route cannot make the gateway parse a body, and in front of the pipe that validates the DTO. On
 * routes that call models the `RequestBodyGuard` has read the body already.
 */
@Injectable()
export class DtoBodyStep implements CallGuard {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Puts the parsed body on the request, the empty object when there is none.
   * @throws GatehouseError `body_too_large`, `request_invalid`
   */
  check(guarded: GuardedCall): void | Promise<void> {
    const { call, handler, request } = guarded;
    if (handler.relays !== null || request.body !== undefined) return;
    const { bodyLimitBytes } = this.settings.current.server;
    return this.pipeline.attempt('policies', call, () => keepParsedBody(guarded, bodyLimitBytes));
  }
}
