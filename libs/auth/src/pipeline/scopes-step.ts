import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { CONFIG_KEYS } from '../policy/config-keys.js';
import type { AccessStep } from './access-step.js';
import type { JudgedCall } from './judged-call.js';

/** The place of scope-based access in the order of guards; nothing can be configured for it yet. */
@Injectable()
export class ScopesStep implements AccessStep {
  readonly guard: GuardName = 'scopes';

  /**
   * Lets every call pass.
   * @param call an authenticated call
   */
  judge(call: JudgedCall): void {
    call.trace.skipped(this.guard, 'access does not depend on scopes', CONFIG_KEYS.scopeAccess);
  }
}
