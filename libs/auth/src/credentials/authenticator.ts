import { Inject, Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal, RequestedRoute } from '#libs/access';
import { GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { tokenProblemOf } from '../failures/token-error.js';
import { readCredential, type CredentialHeaders } from './bearer-token.js';
import type { CredentialResolver, PresentedCredential } from './credential.resolver.js';
import { isLocalCaller, type Peer } from './peer.js';

/** Token of the ordered list of resolvers. */
export const CREDENTIAL_RESOLVERS = Symbol('credential resolvers');

const KEY_HEADER_SETTING = 'general_settings.litellm_key_header_name';

/** Who is at the other end, and what is called. */
export interface Caller extends Peer {
  /** Request target, whose query may hold no credential; left out where there is none. */
  readonly target?: string;
  /** `null`, also when left out, where it is not known or not in normal form. */
  readonly route?: RequestedRoute | null;
}

/**
 * Finds out who calls, from the headers alone. Resolvers are asked in order: `null` means "not
 * mine", an error means "mine and bad" and ends the search, so that a refused token is never tried
 * as something else. What nobody claims is `credential_malformed`.
 *
 * No database is asked; the only waits are for identity providers: for their keys, and for what they know of an opaque
 * token. Every conclusion, refusals included, is a `jwt-auth` step of the trace.
 */
@Injectable()
export class Authenticator {
  /**
   * @param settings for the size limit and the header that carries the credential
   * @param resolvers in the order in which they are asked
   */
  constructor(
    private readonly settings: SettingsStore,
    @Inject(CREDENTIAL_RESOLVERS) private readonly resolvers: readonly CredentialResolver[],
  ) {}

  /**
   * The principal of a request.
   * @param headers all values as received: `request.headersDistinct`
   * @param caller the connection's other end and what is called
   * @throws GatehouseError `credential_missing`, `credential_malformed`, `credential_ambiguous`,
   *   `headers_too_large`, `token_invalid`, `issuer_unknown`, `token_expired`, `token_revoked`, `key_unknown`,
   *   `key_expired`, `key_blocked`, `auth_provider_unavailable`, and the 403 codes of `PrincipalFactory`
   */
  async authenticate(
    headers: CredentialHeaders,
    caller: Caller,
    trace: DecisionTrace,
  ): Promise<Principal> {
    return this.traced(trace, async () => {
      const { keyHeaderName } = this.settings.current.access;
      const { token, header } = readCredential(headers, {
        only: keyHeaderName,
        target: caller.target ?? '',
      });
      const configKey = keyHeaderName === null ? null : KEY_HEADER_SETTING;
      trace.passed('jwt-auth', `one credential, in the header ${header}`, configKey);
      const isLocal = isLocalCaller(caller, headers);
      return this.resolve({ token, isLocal, route: caller.route ?? null }, trace);
    });
  }

  /**
   * The principal of a token that somebody else presents, for explanations. Evaluated as if it came
   * from this machine.
   * @param route what is asked about
   * @throws GatehouseError as {@link authenticate}
   */
  async authenticateToken(
    token: string,
    route: RequestedRoute | null,
    trace: DecisionTrace,
  ): Promise<Principal> {
    return this.traced(trace, () => this.resolve({ token, isLocal: true, route }, trace));
  }

  private async resolve(credential: PresentedCredential, trace: DecisionTrace): Promise<Principal> {
    // Before anything looks into it: what follows costs more the longer it is.
    if (Buffer.byteLength(credential.token) > this.settings.current.jwt.maxTokenBytes) {
      const context = {
        problem: 'the credential is too large',
        configKey: 'gatehouse.jwt.max_token_bytes',
      };
      throw new GatehouseError('headers_too_large', { context });
    }
    for (const resolver of this.resolvers) {
      const principal = await resolver.resolve(credential, trace);
      if (principal !== null) return principal;
    }
    throw new GatehouseError('credential_malformed');
  }

  private async traced(trace: DecisionTrace, work: () => Promise<Principal>): Promise<Principal> {
    try {
      return await work();
    } catch (error) {
      if (isGatehouseError(error)) {
        const { problem, configKey } = tokenProblemOf(error);
        trace.refused('jwt-auth', error.code, problem, configKey);
      }
      throw error;
    }
  }
}
