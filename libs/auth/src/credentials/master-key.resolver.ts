import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { MASTER_KEY_USER_ID, NO_CALLER, type DecisionTrace, type Principal } from '#libs/access';
import { isSampleKey, SettingsStore } from '#libs/config';
import { tokenInvalid } from '../failures/token-error.js';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

const BOOTSTRAP_ADMIN: Principal = Object.freeze({
  ...NO_CALLER,
  kind: 'master_key',
  userId: MASTER_KEY_USER_ID,
  rbacRole: 'proxy_admin',
  isAdmin: true,
  mayAdminister: true,
});

/** The configured key. */
interface MasterKey {
  /** Its SHA-256; `null` where none is configured. */
  readonly digest: Buffer | null;
  readonly isSample: boolean;
}

/**
 * Resolves the bootstrap administrator. The key is compared in constant time over SHA-256, so that
 * neither its length nor a common prefix can be measured. Keys from public examples work only for
 * callers on this machine.
 */
@Injectable()
export class MasterKeyResolver implements CredentialResolver {
  private readonly expected: () => MasterKey;

  constructor(settings: SettingsStore) {
    this.expected = settings.derive(({ masterKey }) => ({
      digest: masterKey === null ? null : hash('sha256', masterKey, 'buffer'),
      isSample: masterKey !== null && isSampleKey(masterKey),
    }));
  }

  /**
   * Returns the bootstrap administrator if the credential is the master key, else `null`.
   * @throws GatehouseError `token_invalid` for a sample key from another machine
   */
  resolve(credential: PresentedCredential, trace: DecisionTrace): Principal | null {
    const { digest, isSample } = this.expected();
    if (digest === null || !timingSafeEqual(Buffer.from(credential.digest, 'base64'), digest)) {
      return null;
    }
    if (isSample && !credential.isLocal) {
      throw tokenInvalid(
        'a sample master key is accepted from this machine alone',
        CONFIG_KEYS.masterKey,
      );
    }
    trace.passed(
      'jwt-auth',
      'the credential is the master key: bootstrap administrator',
      CONFIG_KEYS.masterKey,
    );
    return BOOTSTRAP_ADMIN;
  }
}
