import { Inject, Injectable } from '@nestjs/common';
import {
  isPassThroughRoute,
  type DecisionTrace,
  type Principal,
  type RequestedRoute,
} from '#libs/access';
import { GatehouseError, isGatehouseError, withFailure } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { tokenProblemOf } from '../failures/token-error.js';
import { readCredential, type CredentialHeaders } from './bearer-token.js';
import { CallerCache } from './caller-cache.js';
import {
  digestOf,
  type CredentialResolver,
  type PresentedCredential,
} from './credential.resolver.js';
import { isLocalCaller, type Peer } from './peer.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** Injection token of the ordered list of resolvers. */
export const CREDENTIAL_RESOLVERS = Symbol('credential resolvers');

/** The peer of the connection, and the requested target. */
export interface Caller extends Peer {
  /** Request target, whose query must not hold a credential; absent if there is none. */
  readonly target?: string;
  /** `null` or absent if the route is not known or not in normal form. */
  readonly route?: RequestedRoute | null;
}

/**
 * Identifies the caller from the request headers alone. Resolvers run in order: `null` means "not
 * this kind of credential", an error means "this kind, and invalid" and ends the search, so that a
 * refused token is never tried as another kind. A credential that no resolver accepts is
 * `credential_malformed`.
 *
 * No database is read; the only waits are for identity providers: for their keys, and for their
 * responses about an opaque token. Every result, including refusals, is a `jwt-auth` step of the
 * trace.
 */
@Injectable()
export class Authenticator {
  /**
   * @param settings hold the size limit and the name of the header that carries the credential
   * @param callers who was identified before
   * @param resolvers in the order in which they run
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly callers: CallerCache,
    @Inject(CREDENTIAL_RESOLVERS) private readonly resolvers: readonly CredentialResolver[],
  ) {}

  /**
   * Returns the principal of a request.
   * @param headers all values as received: `request.headersDistinct`
   * @param caller the peer and the requested target
   * @throws GatehouseError `credential_missing`, `credential_malformed`, `credential_ambiguous`,
   *   `headers_too_large`, `token_invalid`, `issuer_unknown`, `token_expired`, `token_revoked`,
   *   `key_unknown`, `key_expired`, `key_blocked`, `auth_provider_unavailable`, and the 403 codes
   *   of `PrincipalFactory`
   */
  authenticate(
    headers: CredentialHeaders,
    caller: Caller,
    trace: DecisionTrace,
  ): Principal | Promise<Principal> {
    return traced(trace, () => {
      const { keyHeaderName } = this.settings.current.access;
      const { token, header } = readCredential(headers, {
        only: keyHeaderName,
        target: caller.target ?? '',
        mayBePaired: isPassedThrough(caller),
      });
      const configKey = keyHeaderName === null ? null : CONFIG_KEYS.keyHeader;
      trace.passed('jwt-auth', `one credential, in the header ${header}`, configKey);
      return this.resolve(token, trace, () => ({
        isLocal: isLocalCaller(caller, headers),
        route: caller.route ?? null,
      }));
    });
  }

  /**
   * Returns the principal of a token that another user presents, for explanations. It is evaluated
   * as if it came from this machine.
   * @param route the route of the explained request
   * @throws GatehouseError as {@link authenticate}
   */
  authenticateToken(
    token: string,
    route: RequestedRoute | null,
    trace: DecisionTrace,
  ): Principal | Promise<Principal> {
    return traced(trace, () => this.resolve(token, trace, () => ({ isLocal: true, route })));
  }

  private resolve(
    token: string,
    trace: DecisionTrace,
    callOf: () => Pick<PresentedCredential, 'isLocal' | 'route'>,
  ): Principal | Promise<Principal> {
    // The size limit comes first, because the cost of all later checks grows with the size.
    if (Buffer.byteLength(token) > this.settings.current.jwt.maxTokenBytes) {
      const context = {
        problem: 'the credential is too large',
        configKey: CONFIG_KEYS.maxTokenBytes,
      };
      throw new GatehouseError('headers_too_large', { context });
    }
    const digest = digestOf(token);
    return this.callers.identify({ token, digest }, trace, () =>
      this.ask({ token, digest, ...callOf() }, trace),
    );
  }

  private async ask(credential: PresentedCredential, trace: DecisionTrace): Promise<Principal> {
    for (const resolver of this.resolvers) {
      const answer = resolver.resolve(credential, trace);
      const principal = answer instanceof Promise ? await answer : answer;
      if (principal !== null) return principal;
    }
    throw new GatehouseError('credential_malformed');
  }
}

/** A refusal becomes the last step of the trace. */
function traced(
  trace: DecisionTrace,
  work: () => Principal | Promise<Principal>,
): Principal | Promise<Principal> {
  return withFailure(work, (error) => {
    if (!isGatehouseError(error)) return;
    const { problem, configKey } = tokenProblemOf(error);
    trace.refused('jwt-auth', error.code, problem, configKey);
  });
}

function isPassedThrough({ route = null }: Caller): boolean {
  return route !== null && isPassThroughRoute(route);
}
