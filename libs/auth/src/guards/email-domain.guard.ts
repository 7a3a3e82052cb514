import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { passes } from './passes.js';
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
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardedCall(context);
    return call === null || passes(this.pipeline.evaluate('email-domain', call));
  }
}
