import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { parseCompactToken } from '../jwt/compact-token.js';
import { IssuerRegistry } from '../jwt/issuer-registry.js';
import { KeySetManager } from '../jwt/key-set-manager.js';
import { checkRegisteredClaims, isOfType } from '../jwt/registered-claims.js';
import { refuseAlgorithm, refuseMissingKeyId, SignatureCheck } from '../jwt/signature.js';
import { tokenInvalid } from '../failures/token-error.js';
import { LOGOUT_TOKEN_TYPE, readLogout, type Logout } from './logout-token.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/** No setting accepts another type, so the log names what the provider must send. */
const WRONG_TYPE = `a logout token must have the header typ ${LOGOUT_TOKEN_TYPE}, and the claims events, jti, iat, exp, and sub or sid`;

/**
 * Verifies logout tokens with the issuers, keys and time rules of access tokens. Their type differs
 * and is required, so that neither kind of token passes for the other (RFC 8725 section 3.11).
 * Their audience is the id of the client that logs out (OpenID Connect Back-Channel Logout 1.0
 * section 2.4), and is not compared with that of access tokens. Nothing is cached: a logout token
 * is used once.
 */
@Injectable()
export class LogoutTokenVerifier {
  /** @param keySets the keys of the trusted issuers */
  constructor(
    private readonly settings: SettingsStore,
    private readonly issuers: IssuerRegistry,
    private readonly keySets: KeySetManager,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the content of a logout token after verification.
   * @param token the token as posted
   * @throws GatehouseError `token_invalid`, `token_expired`, `issuer_unknown`,
   *   `auth_provider_unavailable`
   */
  async verify(token: string): Promise<Logout> {
    const { jwt } = this.settings.current;
    if (Buffer.byteLength(token) > jwt.maxTokenBytes) {
      throw tokenInvalid('the logout token is too large', CONFIG_KEYS.maxTokenBytes);
    }
    const { header, claims } = parseCompactToken(token, !jwt.refuseDuplicateMembers);
    if (header.type === null) throw tokenInvalid(WRONG_TYPE);
    const issuer = this.issuers.select(claims['iss']);
    refuseAlgorithm(header.alg, issuer);
    refuseMissingKeyId(header.keyId, issuer);
    const sources = this.keySets.sourcesOf(issuer);
    if ((await new SignatureCheck(token, header, sources).run()) === null) {
      throw tokenInvalid('no published key verifies the signature');
    }
    if (!isOfType(header.type, [LOGOUT_TOKEN_TYPE])) throw tokenInvalid(WRONG_TYPE);
    checkRegisteredClaims(
      { type: header.type, claims },
      { ...issuer, audience: null, acceptedTypes: [], requiredClaims: [], boundClaims: [] },
      { ...jwt, acceptedTypes: [LOGOUT_TOKEN_TYPE], requireExp: true, requireSub: false },
      this.clock.nowMs(),
    );
    return readLogout(claims);
  }
}
