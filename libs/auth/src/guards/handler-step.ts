import type { ExecutionContext } from '@nestjs/common';

/** What happens between the guards and a handler. */
export interface HandlerStep {
  /**
   * Prepares the request for its handler. Returns a promise only where it has to wait.
   * @throws GatehouseError what the step refuses
   */
  prepare(context: ExecutionContext): void | Promise<void>;
}
