import { Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { PrincipalFactory } from './principal.factory.js';
import { JwtVerifier, type VerifiedToken } from '../jwt/jwt-verifier.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { tokenInvalid } from '../failures/token-error.js';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';

const SIGNED_PARTS = 3;
const ENCRYPTED_PARTS = 5;

/**
 * Resolves access tokens of identity providers: every credential with three dot-separated parts.
 */
@Injectable()
export class JwtResolver implements CredentialResolver {
  /**
   * @param settings decide whether tokens are accepted
   * @param principals makes principals of their claims
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly verifier: JwtVerifier,
    private readonly principals: PrincipalFactory,
  ) {}

  /**
   * Returns the principal of an access token; `null` for a credential without the form of a token.
   * Encrypted tokens (five parts) are refused without being read.
   * @throws GatehouseError `token_invalid`, `issuer_unknown`, `token_expired`,
   *   `auth_provider_unavailable`, and every refusal of {@link PrincipalFactory.make}
   */
  resolve(credential: PresentedCredential, trace: DecisionTrace): Promise<Principal> | null {
    const parts = credential.token.split('.', ENCRYPTED_PARTS + 1).length;
    if (parts !== SIGNED_PARTS && parts !== ENCRYPTED_PARTS) return null;
    return this.principalOf(credential, parts === ENCRYPTED_PARTS, trace);
  }

  private async principalOf(
    { token, digest }: PresentedCredential,
    isEncrypted: boolean,
    trace: DecisionTrace,
  ): Promise<Principal> {
    this.refuseWhileOff();
    if (isEncrypted) throw tokenInvalid('encrypted tokens are not accepted');
    const verified = await this.verifier.verify(token, digest);
    return this.principals.make({ ...described(verified), token }, trace);
  }

  /**
   * Returns the principal of claims whose signature is taken for granted: issuer, audience, times
   * and all later checks are those of a token. For explanations only; it grants no access.
   * @param claims the payload of a token
   * @throws GatehouseError as {@link resolve}
   */
  async resolveClaims(
    claims: Readonly<Record<string, unknown>>,
    trace: DecisionTrace,
  ): Promise<Principal> {
    this.refuseWhileOff();
    const verified = described(this.verifier.evaluateClaims(claims));
    return this.principals.make({ ...verified, token: null, isDryRun: true }, trace);
  }

  private refuseWhileOff(): void {
    if (this.settings.current.jwt.enabled) return;
    throw tokenInvalid('tokens are not accepted here', CONFIG_KEYS.jwtAuth, {
      remedy: `set \`${CONFIG_KEYS.jwtAuth}\` to true`,
    });
  }
}

function described({ claims, issuer }: VerifiedToken) {
  const { claims: fields, configPath } = issuer;
  return { kind: 'jwt', claims, fields, configPath, entry: issuer } as const;
}
