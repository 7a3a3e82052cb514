import { Injectable } from '@nestjs/common';
import { mayUseRoute, type DecisionTrace, type Principal } from '#libs/access';
import { Clock, deepFreeze, noteUnrepeatable } from '#libs/common';
import { SettingsStore, type IntrospectionSettings } from '#libs/config';
import { PrincipalFactory } from './principal.factory.js';
import { checkAudience, checkDemandedClaims, checkTimes } from '../jwt/registered-claims.js';
import { checkStatedKind } from '../jwt/token-kind.js';
import { tokenInvalid } from '../failures/token-error.js';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { attributionOf, type Attribution } from './endpoint-issuer.js';
import {
  concludeIntrospection,
  INTROSPECTION_KEY,
  introspectionFields,
  introspectionRequest,
} from './introspection-response.js';
import { isTokenShaped, selectOverride, unprovenClaims } from './routing-overrides.js';
import { OpaqueTokenService } from './opaque-token.service.js';

type Claims = Readonly<Record<string, unknown>>;

/** Why a token is introspected. */
interface Selection {
  /** Setting that selected it. */
  readonly configKey: string;
  /** Unproven claims of a token that `routing_overrides` selected; `null` for an opaque one. */
  readonly unproven: Claims | null;
}

/**
 * Routes on which LiteLLM introspects; on other routes a token is evaluated without introspection.
 */
const INTROSPECTED_ROUTES: readonly string[] = ['llm_api_routes', 'info_routes'];
const OVERRIDES_KEY = 'general_settings.litellm_jwtauth.routing_overrides';

/**
 * Resolves tokens by introspection at their authorization server (RFC 7662): opaque tokens if
 * `enable_oauth2_auth` is on, and signed tokens that `routing_overrides` selects; only on routes
 * that call models and on info routes (`docs/how-to/accept-opaque-tokens.md`). A selected token is
 * tried in no other way.
 */
@Injectable()
export class IntrospectionResolver implements CredentialResolver {
  /**
   * @param settings hold the endpoint, and which tokens it is for
   * @param principals makes the principal of the response
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly inquiries: OpaqueTokenService,
    private readonly principals: PrincipalFactory,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the principal of a token that is introspected, `null` for every other credential.
   * @throws GatehouseError `token_invalid`, `token_expired`, `auth_provider_unavailable`, and every
   *   refusal of {@link PrincipalFactory}
   */
  resolve(credential: PresentedCredential, trace: DecisionTrace): Promise<Principal> | null {
    const selection = this.selectionOf(credential, trace);
    return selection === null ? null : this.principalOf(credential, selection, trace);
  }

  private async principalOf(
    credential: PresentedCredential,
    selection: Selection,
    trace: DecisionTrace,
  ): Promise<Principal> {
    const { access, jwt } = this.settings.current;
    const { introspection } = access;
    if (introspection === null) {
      throw tokenInvalid('no introspection endpoint is configured', 'OAUTH_TOKEN_INFO_ENDPOINT');
    }
    const { claims, entry } = await this.introspected(credential.token, selection, introspection);
    trace.passed('jwt-auth', 'the introspection endpoint says active', selection.configKey);
    return this.principals.make(
      {
        kind: 'introspection',
        claims,
        fields: introspectionFields(introspection, entry?.claims ?? jwt.claims),
        configPath: selection.configKey,
        entry,
        token: credential.token,
      },
      trace,
    );
  }

  private selectionOf({ token, route }: PresentedCredential, trace: DecisionTrace) {
    const { access, jwt } = this.settings.current;
    const selection = isTokenShaped(token) && jwt.enabled ? this.overrideFor(token) : OPAQUE;
    if (selection === null) return null;
    if (selection === OPAQUE && access.introspection?.isForOpaqueTokens !== true) return null;
    if (route !== null && mayUseRoute(INTROSPECTED_ROUTES, route)) return selection;
    const detail = 'not introspected: the route neither calls a model nor is an info route';
    trace.skipped('jwt-auth', detail, selection.configKey);
    // On another route the same token is introspected, and a remembered caller is the caller on every route.
    noteUnrepeatable();
    return null;
  }

  private overrideFor(token: string): Selection | null {
    const { routingOverrides } = this.settings.current.jwt;
    if (routingOverrides.length === 0) return null;
    const unproven = unprovenClaims(token);
    if (unproven === null) return null;
    const index = selectOverride(unproven, routingOverrides);
    return index === null ? null : { configKey: `${OVERRIDES_KEY}[${String(index)}]`, unproven };
  }

  /** Times are evaluated on every use, so that no cached response outlives them. */
  private async introspected(
    token: string,
    { unproven, configKey }: Selection,
    settings: IntrospectionSettings,
  ): Promise<Pick<Attribution, 'entry'> & { readonly claims: Claims }> {
    const { jwt } = this.settings.current;
    // The endpoint vouches for the token, so an expiry is optional; if there is one, it applies.
    const rules = { ...jwt, requireExp: false };
    // Unproven claims may always lead to a refusal, which here saves the request to the endpoint.
    if (unproven !== null) {
      checkStatedKind(unproven);
      checkTimes(unproven, rules, this.clock.nowMs() / 1000);
    }
    const members = await this.inquiries.membersOf({
      token,
      kind: 'introspection',
      endpoint: settings.endpoint,
      request: introspectionRequest(token, settings),
      cacheSeconds: settings.cacheSeconds,
      configKey,
      conclude: (response) => concludeIntrospection(response, settings),
    });
    const issuers = jwt.enabled ? jwt.issuers : [];
    const stated = members['iss'];
    if (stated !== undefined && unproven !== null && stated !== unproven['iss']) {
      throw tokenInvalid('the endpoint names another issuer than the token', configKey);
    }
    const { iss, entry } = attributionOf(settings.endpoint, stated, issuers);
    const claims = deepFreeze({ ...members, iss });
    checkStatedKind(members);
    if (entry !== null) {
      checkAudience(members['aud'], entry);
      checkDemandedClaims(claims, entry);
    }
    checkTimes(members, rules, this.clock.nowMs() / 1000);
    return { claims, entry };
  }
}

const OPAQUE: Selection = { configKey: INTROSPECTION_KEY, unproven: null };
