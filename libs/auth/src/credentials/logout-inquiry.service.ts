import { Injectable } from '@nestjs/common';
import type { Principal } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import { SettingsStore, type IntrospectionSettings } from '#libs/config';
import type { ProvenClaims } from '../claims/proven-claims.js';
import { RevocationList } from '../revocation/revocation-list.service.js';
import type { Revocation } from '../revocation/revocation.js';
import { attributionOf } from './endpoint-issuer.js';
import { concludeIntrospection, introspectionRequest } from './introspection-response.js';
import { OpaqueTokenService } from './opaque-token.service.js';

/**
 * Introspects tokens that were issued within the second of a logout. Their times do not show
 * whether the logout ended them, but the authorization server knows
 * (`docs/adr/0014-revocation.md`).
 */
@Injectable()
export class LogoutInquiryService {
  /** @param settings hold the introspection endpoint, if there is one */
  constructor(
    private readonly settings: SettingsStore,
    private readonly revocations: RevocationList,
    private readonly inquiries: OpaqueTokenService,
  ) {}

  /**
   * Returns the principal. If it was issued in the second of a logout and the introspection
   * endpoint of its issuer confirms it after the logout, it is marked as not ended by this logout.
   * Every other principal is returned unchanged, without a request.
   * @throws GatehouseError `auth_provider_unavailable`, `database_unavailable`
   */
  confirmed(
    principal: Principal,
    { token, kind }: Pick<ProvenClaims, 'token' | 'kind'>,
  ): Principal | Promise<Principal> {
    const { introspection } = this.settings.current.access;
    if (introspection === null || token === null) return principal;
    if (kind !== 'introspection' && !this.isOfIssuer(introspection, principal)) return principal;
    return this.confirmedBy(introspection, principal, token);
  }

  private async confirmedBy(
    introspection: IntrospectionSettings,
    principal: Principal,
    token: string,
  ): Promise<Principal> {
    const logout = await this.revocations.logoutOfSameSecond(principal);
    if (logout === null) return principal;
    if (!(await this.isActive(token, principal, logout, introspection))) return principal;
    return Object.freeze({ ...principal, outlivedLogoutMs: logout.issuedBeforeMs });
  }

  /** A token is sent only to the endpoint of its own issuer. */
  private isOfIssuer({ endpoint }: IntrospectionSettings, { issuer }: Principal): boolean {
    return attributionOf(endpoint, undefined, this.settings.current.jwt.issuers).iss === issuer;
  }

  /** Responses from before the logout do not count, so each logout is a separate occasion. */
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
        conclude: (response) => concludeIntrospection(response, settings),
      });
      const { iss = issuer, sub } = members;
      return iss === issuer && sub === subject;
    } catch (error) {
      if (isGatehouseError(error, 'token_invalid')) return false;
      throw error;
    }
  }
}
