import { Injectable } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { CallGuard, GuardedCall } from './call-guard.js';

/** Fourth guard: afterwards the scopes of the token cover the request. Asks no database, writes nothing. */
@Injectable()
export class ScopesGuard implements CallGuard {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step scopes.
   * @throws GatehouseError `scope_insufficient`
   */
  check({ call }: GuardedCall): void | Promise<void> {
    return this.pipeline.evaluate('scopes', call);
  }
}
