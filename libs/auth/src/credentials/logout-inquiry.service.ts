import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import { SettingsStore, type IntrospectionSettings } from '#libs/config';
import type { ProvenClaims } from '../claims/proven-claims.js';
import { RevocationList } from '../revocation/revocation-list.service.js';
import type { Revocation } from '../revocation/revocation.js';
import { attributionOf } from './endpoint-issuer.js';
import { concludeIntrospection, introspectionRequest } from './introspection-answer.js';
import { OpaqueTokenService } from './opaque-token.service.js';

/**
 * Asks the authorization server about tokens that were issued within the second of a logout. Their times cannot tell
 * whether the logout ended them, and the server can (ADR 0014).
 */
@Injectable()
export class LogoutInquiryService {
  /** @param settings whether there is an introspection endpoint */
  constructor(
    private readonly settings: SettingsStore,
    private readonly revocations: RevocationList,
    private readonly inquiries: OpaqueTokenService,
  ) {}

  /**
   * Returns the principal, marked as one that the logout of its second did not end where the introspection endpoint of
   * its issuer says so after the logout. Every other principal is returned as it is, and nothing is asked about it.
   * @throws GatehouseError `auth_provider_unavailable`, `database_unavailable`
   */
  async confirmed(
    principal: Principal,
    { token, kind }: Pick<ProvenClaims, 'token' | 'kind'>,
  ): Promise<Principal> {
    const { introspection } = this.settings.current.access;
    if (introspection === null || token === null) return principal;
    if (kind !== 'introspection' && !this.isOfIssuer(introspection, principal)) return principal;
    const logout = await this.revocations.logoutOfSameSecond(principal);
    if (logout === null) return principal;
    if (!(await this.isActive(token, principal, logout, introspection))) return principal;
    return Object.freeze({ ...principal, outlivedLogoutMs: logout.issuedBeforeMs });
  }

  /** A token is shown to the endpoint of its own issuer alone. */
  private isOfIssuer({ endpoint }: IntrospectionSettings, { issuer }: Principal): boolean {
    return attributionOf(endpoint, undefined, this.settings.current.jwt.issuers).iss === issuer;
  }

  /** Answers from before the logout do not count, so each logout is an occasion of its own. */
  private async isActive(
    token: string,
    { issuer, subject }: Principal,
    { revocationId, issuedBeforeMs }: Revocation,
    settings: IntrospectionSettings,
  ): Promise<boolean> {
    try {
      const members = await this.inquiries.membersOf({
        token,
        kind: 'introspection',
        occasion: `${revocationId} ${String(issuedBeforeMs)}`,
        endpoint: settings.endpoint,
        request: introspectionRequest(token, settings),
        cacheSeconds: settings.cacheSeconds,
        configKey: 'OAUTH_TOKEN_INFO_ENDPOINT',
        conclude: (answer) => concludeIntrospection(answer, settings),
      });
      const { iss = issuer, sub } = members;
      return iss === issuer && sub === subject;
    } catch (error) {
      if (isGatehouseError(error, 'token_invalid')) return false;
      throw error;
    }
  }
}
