import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { type AccessDecision, refuseIf } from '../call/access-decision.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { evaluateEmail } from '../policy/email-domain.js';
import { isTokenCaller } from '../policy/role-permissions.js';
import type { AccessStep } from './access-step.js';

/** Refuses tokens whose email address is not of an allowed domain, before any row is created. */
@Injectable()
export class EmailDomainStep implements AccessStep {
  readonly guard: GuardName = 'email-domain';

  constructor(private readonly settings: SettingsStore) {}

  /**
   * Evaluates the email address of the token; other credentials have none, and a token that runs as a virtual key is
   * that key.
   * @throws GatehouseError `email_domain_not_allowed`, `email_not_verified`
   */
  evaluate(call: AccessDecision): void {
    const { jwt } = this.settings.current;
    if (!isTokenCaller(call.verified)) {
      call.trace.skipped(this.guard, 'the credential is evaluated by no email address');
      return;
    }
    if (jwt.allowedEmailDomains === null && !jwt.requireVerifiedEmail) {
      call.trace.skipped(this.guard, 'every email address is acceptable', CONFIG_KEYS.emailDomain);
      return;
    }
    refuseIf(call, this.guard, evaluateEmail(call.verified, jwt));
    const key =
      jwt.allowedEmailDomains === null ? CONFIG_KEYS.verifiedEmail : CONFIG_KEYS.emailDomain;
    call.trace.passed(this.guard, 'the email address is acceptable', key);
  }
}
