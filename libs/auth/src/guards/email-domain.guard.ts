import { Injectable } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import type { CallGuard, GuardedCall } from './call-guard.js';

/** Second guard: afterwards the email address of the token is acceptable. Asks no database, writes nothing. */
@Injectable()
export class EmailDomainGuard implements CallGuard {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step email-domain.
   * @throws GatehouseError `email_domain_not_allowed`, `email_not_verified`
   */
  check({ call }: GuardedCall): void | Promise<void> {
    return this.pipeline.evaluate('email-domain', call);
  }
}
