import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { guardedCall } from '../body/guarded-request.js';

/** Second guard: afterwards the email address of the token is acceptable. Asks no database, writes nothing. */
@Injectable()
export class EmailDomainGuard implements CanActivate {
  constructor(private readonly pipeline: AccessPipeline) {}

  /**
   * Runs the step email-domain on the call that the first guard opened; open routes have none.
   * @param context the handler and its request
   * @throws GatehouseError `email_domain_not_allowed`, `email_not_verified`
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const call = guardedCall(context);
    if (call !== null) await this.pipeline.evaluate('email-domain', call);
    return true;
  }
}
