import { Injectable } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { CallGuard, GuardedCall } from './call-guard.js';

/**
 * First guard. Afterwards the caller is known.
 *
 * The credential is evaluated from the headers before a byte of the body is read
 * (docs/explanation/request-path.md): a caller without one cannot make the gateway buffer a body
 * and receives 401 for every body, except on routes that the operator has made public.
 */
@Injectable()
export class JwtAuthGuard implements CallGuard {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Authenticates the caller.
   * @throws GatehouseError any 401 code, `auth_provider_unavailable`
   */
  check({ call }: GuardedCall): void | Promise<void> {
    return this.pipeline.evaluate('jwt-auth', call);
  }
}
