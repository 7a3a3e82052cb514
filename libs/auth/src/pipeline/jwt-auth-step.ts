import { Injectable } from '@nestjs/common';
import type { GuardName } from '#libs/access';
import { Authenticator } from '../credentials/authenticator.js';
import type { AccessStep } from './access-step.js';
import type { JudgedCall } from './judged-call.js';

/** Establishes who is calling. Afterwards `call.principal` is set. The authenticator writes the trace. */
@Injectable()
export class JwtAuthStep implements AccessStep {
  readonly guard: GuardName = 'jwt-auth';

  /** @param authenticator turns a credential into a principal */
  constructor(private readonly authenticator: Authenticator) {}

  /**
   * Authenticates the caller from its headers, or from the token that an administrator asks about.
   * @param call a call that nothing has judged yet
   * @throws GatehouseError any 401 code, `auth_provider_unavailable`
   */
  async judge(call: JudgedCall): Promise<void> {
    const { source, headers, remoteAddress } = call.request;
    call.principal =
      source.kind === 'token'
        ? await this.authenticator.authenticateToken(source.token, call.trace)
        : await this.authenticator.authenticate(headers, { remoteAddress }, call.trace);
  }
}
