import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { isBearer } from '../policy/bearers.js';
import { CONFIG_KEYS } from '../policy/config-keys.js';
import { judgeEmail } from '../policy/email-domain.js';
import type { AccessStep } from './access-step.js';
import type { JudgedCall } from './judged-call.js';
import { refuseIf } from './refuse.js';

/** Refuses tokens whose email address is not of an allowed domain, before any row is created. */
@Injectable()
export class EmailDomainStep implements AccessStep {
  readonly guard: GuardName = 'email-domain';

  /** @param settings the allowed domains */
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Judges the email address of the token; other credentials have none, and a token that runs as a virtual key is
   * that key.
   * @param call an authenticated call
   * @throws GatehouseError `email_domain_not_allowed`, `email_not_verified`
   */
  judge(call: JudgedCall): void {
    const { jwt } = this.settings.current;
    if (!isBearer(call.verified)) {
      call.trace.skipped(this.guard, 'the credential is judged by no email address');
      return;
    }
    if (jwt.allowedEmailDomains === null && !jwt.requireVerifiedEmail) {
      call.trace.skipped(this.guard, 'every email address is acceptable', CONFIG_KEYS.emailDomain);
      return;
    }
    refuseIf(call, this.guard, judgeEmail(call.verified, jwt));
    const key =
      jwt.allowedEmailDomains === null ? CONFIG_KEYS.verifiedEmail : CONFIG_KEYS.emailDomain;
    call.trace.passed(this.guard, 'the email address is acceptable', key);
  }
}
