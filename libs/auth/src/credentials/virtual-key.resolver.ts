import { Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal } from '#libs/access';
import { Clock, GatehouseError } from '#libs/common';
import { isKeyText, KEY_PREFIX, keyIdOf, KeysService } from '#libs/keys';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { principalOfKey } from './key-principal.js';
import { refuseUnusableKey } from './key-status.js';

/**
 * Virtual keys: whatever begins with `sk-` is one, and nothing else is ever tried with it (threat C11). The key is
 * hashed before anything is looked up, so that neither its text nor how much of it is right can show anywhere. Known
 * and unknown keys are answered from memory after the first time.
 */
@Injectable()
export class VirtualKeyResolver implements CredentialResolver {
  /** @param keys the keys as they stand now */
  constructor(
    private readonly keys: KeysService,
    private readonly clock: Clock,
  ) {}

  /**
   * The principal of a virtual key; `null` for what does not begin like one.
   * @throws GatehouseError `key_unknown`, `key_blocked`, `key_expired`; `database_unavailable` when the key is not in
   *   memory
   */
  async resolve(credential: PresentedCredential, trace: DecisionTrace): Promise<Principal | null> {
    const { token } = credential;
    if (!token.startsWith(KEY_PREFIX)) return null;
    const key = isKeyText(token) ? await this.keys.find(keyIdOf(token)) : null;
    if (key === null) throw new GatehouseError('key_unknown');
    refuseUnusableKey(key, this.clock.nowMs());
    trace.passed('jwt-auth', `the credential is virtual key ${key.grant.keyId}`);
    return principalOfKey(key);
  }
}
