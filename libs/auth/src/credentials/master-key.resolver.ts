import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { MASTER_KEY_USER_ID, NO_TEAMS, type DecisionTrace, type Principal } from '#libs/access';
import { isSampleKey, SettingsStore } from '#libs/config';
import { tokenInvalid } from '../failures/token-error.js';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

const BOOTSTRAP_ADMIN: Principal = Object.freeze({
  kind: 'master_key',
  issuer: null,
  subject: null,
  userId: MASTER_KEY_USER_ID,
  email: null,
  emailVerified: null,
  teams: NO_TEAMS,
  orgId: null,
  orgAlias: null,
  endUserId: null,
  agentId: null,
  scopes: Object.freeze([]),
  roles: Object.freeze([]),
  rbacRole: 'proxy_admin',
  role: null,
  isAdmin: true,
  mayAdminister: true,
  clientIds: [],
  tokenId: null,
  sessionId: null,
  issuedAt: null,
  authenticatedAt: null,
  key: null,
  claims: Object.freeze({}),
});

/**
 * Resolves the bootstrap administrator. The key is compared in constant time over SHA-256, so that
 * neither its length nor a common prefix can be measured. Keys from public examples work only for
 * callers on this machine.
 */
@Injectable()
export class MasterKeyResolver implements CredentialResolver {
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Returns the bootstrap administrator if the credential is the master key, else `null`.
   * @throws GatehouseError `token_invalid` for a sample key from another machine
   */
  resolve(credential: PresentedCredential, trace: DecisionTrace): Principal | null {
    const { masterKey } = this.settings.current;
    if (masterKey === null || !isSame(credential.token, masterKey)) return null;
    if (isSampleKey(masterKey) && !credential.isLocal) {
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

function isSame(presented: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', presented, 'buffer'), hash('sha256', expected, 'buffer'));
}
