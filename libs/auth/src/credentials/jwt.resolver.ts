import { Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { mapClaims } from '../claims/claims-mapping.js';
import { JwtVerifier } from '../jwt/jwt-verifier.js';
import { tokenInvalid } from '../jwt/token-problem.js';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { tracePrincipal } from './principal-trace.js';

const SIGNED_PARTS = 3;
const ENCRYPTED_PARTS = 5;

/** Access tokens of identity providers: whatever has three dot-separated parts is one. */
@Injectable()
export class JwtResolver implements CredentialResolver {
  /**
   * @param settings whether tokens are accepted, and how claims are mapped
   * @param verifier proves them
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly verifier: JwtVerifier,
  ) {}

  /**
   * The principal of an access token; `null` for what has the shape of none. Encrypted tokens (five
   * parts) are refused unread.
   * @param credential what was presented
   * @param trace takes the steps
   * @throws GatehouseError `token_invalid`, `issuer_unknown`, `token_expired`, `auth_provider_unavailable`
   */
  async resolve(credential: PresentedCredential, trace: DecisionTrace): Promise<Principal | null> {
    const parts = credential.token.split('.', ENCRYPTED_PARTS + 1).length;
    if (parts !== SIGNED_PARTS && parts !== ENCRYPTED_PARTS) return null;
    const { jwt } = this.settings.current;
    if (!jwt.enabled) {
      throw tokenInvalid('tokens are not accepted here', 'general_settings.enable_jwt_auth');
    }
    if (parts === ENCRYPTED_PARTS) throw tokenInvalid('encrypted tokens are not accepted');
    const { claims } = await this.verifier.verify(credential.token);
    const principal = mapClaims(claims, jwt);
    tracePrincipal(principal, jwt, trace);
    return principal;
  }
}
