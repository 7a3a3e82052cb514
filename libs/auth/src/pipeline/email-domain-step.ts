import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { CONFIG_KEYS } from '../policy/config-keys.js';
import { judgeEmail } from '../policy/email-domain.js';
import { refusalError } from '../policy/refusal.js';
import type { AccessStep } from './access-step.js';
import type { JudgedCall } from './judged-call.js';

/** Refuses tokens whose email address is not of an allowed domain, before any row is created. */
@Injectable()
export class EmailDomainStep implements AccessStep {
  readonly guard: GuardName = 'email-domain';

  /** @param settings the allowed domains */
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Judges the email address of the token; the master key has none.
   * @param call an authenticated call
   * @throws GatehouseError `email_domain_not_allowed`, `email_not_verified`
   */
  judge(call: JudgedCall): void {
    const { jwt } = this.settings.current;
    if (call.verified.kind === 'master_key') {
      call.trace.skipped(this.guard, 'the master key has no email address');
      return;
    }
    if (jwt.allowedEmailDomains === null && !jwt.requireVerifiedEmail) {
      call.trace.skipped(this.guard, 'every email address is acceptable', CONFIG_KEYS.emailDomain);
      return;
    }
    const refusal = judgeEmail(call.verified, jwt);
    if (refusal !== null) {
      call.trace.refused(this.guard, refusal.code, refusal.detail, refusal.configKey);
      throw refusalError(refusal);
    }
    const key =
      jwt.allowedEmailDomains === null ? CONFIG_KEYS.verifiedEmail : CONFIG_KEYS.emailDomain;
    call.trace.passed(this.guard, 'the email address is acceptable', key);
  }
}
