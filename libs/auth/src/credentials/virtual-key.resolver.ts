import { Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal } from '#libs/access';
import { Clock, GatehouseError } from '#libs/common';
import { isKeyText, KEY_PREFIX, keyIdOf, KeysService } from '#libs/keys';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { principalOfKey } from './key-principal.js';
import { refuseUnusableKey } from './key-status.js';

/**
 * Resolves virtual keys: every credential that begins with `sk-`. No other resolver is tried with
 * it (threat C11). The key is hashed before the lookup, so that neither the key nor the length of a
 * correct prefix can leak. Known and unknown keys are served from memory after the first lookup.
 */
@Injectable()
export class VirtualKeyResolver implements CredentialResolver {
  constructor(
    private readonly keys: KeysService,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the principal of a virtual key; `null` for a credential that does not begin with `sk-`.
   * @throws GatehouseError `key_unknown`, `key_blocked`, `key_expired`; `database_unavailable` if
   *   the key is not in memory
   */
  resolve({ token }: PresentedCredential, trace: DecisionTrace): Promise<Principal> | null {
    return token.startsWith(KEY_PREFIX) ? this.principalOf(token, trace) : null;
  }

  private async principalOf(token: string, trace: DecisionTrace): Promise<Principal> {
    const key = isKeyText(token) ? await this.keys.find(keyIdOf(token)) : null;
    if (key === null) throw new GatehouseError('key_unknown');
    refuseUnusableKey(key, this.clock.nowMs());
    trace.passed('jwt-auth', `the credential is virtual key ${key.grant.keyId}`);
    return principalOfKey(key);
  }
}
