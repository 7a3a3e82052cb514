import { Injectable } from '@nestjs/common';
import { isModelRoute } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { mayHaveBody } from '../body/body-intake.js';
import { keepParsedBody, keepRelayedBody } from '../body/kept-body.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { CallGuard, GuardedCall } from './call-guard.js';

/**
 * Reads the body of a request on a route that calls models, because the guards behind it evaluate members of that
 * body. It runs behind the guard jwt-auth: a caller without a credential cannot make the gateway read a body
 * (docs/adr/0021-bodies-and-admission.md). The bodies of all other routes are read by the `DtoBodyStep`.
 */
@Injectable()
export class RequestBodyGuard implements CallGuard {
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Reads the body where the guards behind evaluate it.
   * @throws GatehouseError `body_too_large`, `request_invalid`
   */
  check(guarded: GuardedCall): void | Promise<void> {
    const { call, handler, request } = guarded;
    const isEvaluated = call.route !== null && isModelRoute(call.route);
    const { relays } = handler;
    if (relays === null && !(isEvaluated && mayHaveBody(request.method))) return;
    const { bodyLimitBytes } = this.settings.current.server;
    return this.pipeline.attempt('jwt-auth', call, () =>
      relays === null
        ? keepParsedBody(guarded, bodyLimitBytes)
        : keepRelayedBody(guarded, bodyLimitBytes, relays),
    );
  }
}
