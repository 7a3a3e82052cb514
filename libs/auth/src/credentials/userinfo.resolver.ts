import { Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal } from '#libs/access';
import { deepFreeze, isIdentityText } from '#libs/common';
import { SettingsStore, type UserInfoSettings } from '#libs/config';
import { PrincipalFactory } from './principal.factory.js';
import { providerProblem } from '../failures/provider-error.js';
import { checkDemandedClaims } from '../jwt/registered-claims.js';
import { withoutReserved } from '../matching/reserved-claims.js';
import { checkUnbound } from '../jwt/token-kind.js';
import type { TokenStatus } from './token-status.js';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { attributionOf } from './endpoint-issuer.js';
import type { EndpointResponse } from '../provider/provider-client.js';
import { isTokenShaped } from './routing-overrides.js';
import { OpaqueTokenService, type TokenInquiry } from './opaque-token.service.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** RFC 6750 section 3.1: the request, the token or its scope is invalid. */
const REFUSING_STATUSES = [400, 401, 403];

/**
 * Resolves opaque access tokens at the provider's UserInfo endpoint (OIDC Core section 5.3). Signed
 * tokens are never tried there, so that a refused one is not accepted in another way.
 */
@Injectable()
export class UserInfoResolver implements CredentialResolver {
  /**
   * @param settings hold the endpoint, if there is one
   * @param principals makes the principal of the response
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly inquiries: OpaqueTokenService,
    private readonly principals: PrincipalFactory,
  ) {}

  /**
   * Returns the principal of an opaque token; `null` if UserInfo is off, and for a credential with
   * three parts.
   * @throws GatehouseError `token_invalid`, `auth_provider_unavailable`, and every refusal of
   *   {@link PrincipalFactory}
   */
  resolve({ token }: PresentedCredential, trace: DecisionTrace): Promise<Principal> | null {
    const { userInfo } = this.settings.current.access;
    if (userInfo === null || isTokenShaped(token)) return null;
    return this.principalOf(token, userInfo, trace);
  }

  private async principalOf(
    token: string,
    userInfo: UserInfoSettings,
    trace: DecisionTrace,
  ): Promise<Principal> {
    const { jwt } = this.settings.current;
    const members = await this.inquiries.membersOf(userInfoInquiry(token, userInfo));
    checkUnbound(members);
    // Members of UserInfo may be editable by the user; the issuer is not among them (OIDC Core
    // section 5.3.2).
    const issuers = jwt.enabled ? jwt.issuers : [];
    const { iss, entry } = attributionOf(userInfo.endpoint, undefined, issuers);
    const claims = deepFreeze({ ...members, iss });
    if (entry !== null) checkDemandedClaims(claims, entry);
    trace.passed(
      'jwt-auth',
      'the UserInfo endpoint knows the bearer of the token',
      CONFIG_KEYS.userInfoEndpoint,
    );
    return this.principals.make(
      {
        kind: 'userinfo',
        claims,
        fields: entry?.claims ?? jwt.claims,
        configPath: CONFIG_KEYS.userInfoEndpoint,
        entry,
        token,
      },
      trace,
    );
  }
}

/** Returns the request to the UserInfo endpoint about a token. */
export function userInfoInquiry(token: string, settings: UserInfoSettings): TokenInquiry {
  return {
    token,
    kind: 'userinfo',
    endpoint: settings.endpoint,
    request: { method: 'GET', headers: { authorization: `Bearer ${token}` }, form: null },
    cacheSeconds: settings.cacheSeconds,
    configKey: CONFIG_KEYS.userInfoEndpoint,
    conclude,
  };
}

function conclude({ status, members }: EndpointResponse): TokenStatus {
  if (REFUSING_STATUSES.includes(status)) return refused('the UserInfo endpoint refuses the token');
  if (members === null) throw providerProblem(`it answered with status ${String(status)}`);
  // An error response with status 200 must not become a caller without a subject.
  if (!isIdentityText(members['sub'])) return refused('the UserInfo endpoint names no subject');
  return { kind: 'active', members: deepFreeze(withoutReserved(members)) };
}

function refused(problem: string): TokenStatus {
  return { kind: 'refused', problem };
}
