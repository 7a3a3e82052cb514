import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  Clock,
  deepFreeze,
  GatehouseError,
  isGatehouseError,
  noteEnd,
  noteRead,
} from '#libs/common';
import { SettingsStore, type IssuerSettings, type JwtSettings } from '#libs/config';
import { parseCompactToken } from './compact-token.js';
import { IssuerRegistry } from './issuer-registry.js';
import { KeySetManager } from './key-set-manager.js';
import {
  PROOF_TTL_MS,
  VerifiedTokenCache,
  type RejectedSignature,
  type VerifiedSignature,
} from './verified-token-cache.js';
import { checkAccessToken, endOfTimes } from './registered-claims.js';
import { withoutReserved } from '../matching/reserved-claims.js';
import { refuseAlgorithm, refuseMissingKeyId, SignatureCheck } from './signature.js';
import { tokenProblemOf } from '../failures/token-error.js';

/** A token whose signature, issuer, audience, type and times are valid. */
export interface VerifiedToken {
  /** The verified claims, deeply frozen, without reserved claims. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The entry whose keys and rules it was verified under. */
  readonly issuer: IssuerSettings;
}

/** What was verified under one configuration. A verification that is running at a reload ends in that of its start. */
interface Verifications {
  readonly rules: JwtSettings;
  readonly cache: VerifiedTokenCache;
  readonly running: Map<string, Promise<VerifiedSignature>>;
}

/**
 * Verifies access tokens: strict parsing, an issuer from the registry, a signature by one of its
 * admitted keys, then the registered claims.
 *
 * A verified signature is cached (see {@link VerifiedTokenCache}); each use checks again that its
 * key is still published and that time, issuer, audience and type are valid. Concurrent requests
 * with one token share its verification. A change of the settings invalidates all of it.
 */
@Injectable()
export class JwtVerifier {
  private readonly verifications: () => Verifications;

  /** @param keySets the keys of the trusted issuers */
  constructor(
    settings: SettingsStore,
    private readonly issuers: IssuerRegistry,
    private readonly keySets: KeySetManager,
    private readonly clock: Clock,
  ) {
    this.verifications = settings.derive(({ jwt }) => ({
      rules: jwt,
      cache: new VerifiedTokenCache(clock),
      running: new Map(),
    }));
  }

  /**
   * Returns the claims of a token after verification.
   * @param token a credential within the size limit
   * @param digest Base64 of its SHA-256
   * @throws GatehouseError `token_invalid`, `issuer_unknown`, `token_expired`,
   *   `auth_provider_unavailable`
   */
  async verify(token: string, digest = hash('sha256', token, 'base64')): Promise<VerifiedToken> {
    const verifications = this.verifications();
    const known = this.knownSignature(digest, verifications);
    const proof = known ?? (await this.shareVerification(token, digest, verifications));
    const { claims } = proof.token;
    const issuer = this.issuers.select(claims['iss'], claims['sub']);
    const nowMs = this.clock.nowMs();
    // What was proven just now, under these settings, was checked with it.
    const isChecked = known === null && verifications === this.verifications();
    if (!isChecked) checkAccessToken(proof.token, issuer, verifications.rules, nowMs);
    noteRead(() => isPublished(proof));
    noteEnd(Math.min(endOfTimes(claims, verifications.rules), nowMs + PROOF_TTL_MS));
    return { claims, issuer };
  }

  /**
   * Evaluates claims as {@link verify} does, with their signature taken for granted. For
   * explanations.
   * @param claims the payload of a token
   * @throws GatehouseError `token_invalid`, `issuer_unknown`, `token_expired`
   */
  evaluateClaims(claims: Readonly<Record<string, unknown>>): VerifiedToken {
    const { rules } = this.verifications();
    const issuer = this.issuers.select(claims['iss'], claims['sub']);
    const signed = { type: null, claims: deepFreeze(withoutReserved(structuredClone(claims))) };
    checkAccessToken(signed, issuer, rules, this.clock.nowMs());
    return { claims: signed.claims, issuer };
  }

  private knownSignature(digest: string, { cache }: Verifications): VerifiedSignature | null {
    const proof = cache.proof(digest);
    if (proof === null) return null;
    if (isPublished(proof)) return proof;
    cache.dropProof(digest);
    return null;
  }

  private shareVerification(
    token: string,
    digest: string,
    verifications: Verifications,
  ): Promise<VerifiedSignature> {
    return verifications.running.get(digest) ?? this.proveForAll(token, digest, verifications);
  }

  private async proveForAll(
    token: string,
    digest: string,
    verifications: Verifications,
  ): Promise<VerifiedSignature> {
    const { running } = verifications;
    const proof = this.prove(token, digest, verifications);
    running.set(digest, proof);
    try {
      return await proof;
    } finally {
      running.delete(digest);
    }
  }

  private async prove(
    token: string,
    digest: string,
    { rules, cache }: Verifications,
  ): Promise<VerifiedSignature> {
    const { header, claims } = parseCompactToken(token, !rules.refuseDuplicateMembers);
    const issuer = this.issuers.select(claims['iss'], claims['sub']);
    refuseAlgorithm(header.alg, issuer);
    refuseMissingKeyId(header.keyId, issuer);
    const sources = this.keySets.sourcesOf(issuer);
    // A refusal holds only for the keys that the token was tried with, so the name includes them.
    const name = () => [digest, ...sources.map(({ generation }) => generation)].join(' ');
    const disproof = cache.disproof(name());
    if (disproof !== null) throw refusalOf(disproof);
    const key = await new SignatureCheck(token, header, sources).run();
    const nowMs = this.clock.nowMs();
    if (key === null) {
      cache.addDisproof(name(), WRONG_SIGNATURE);
      throw refusalOf(WRONG_SIGNATURE);
    }
    const signed = { type: header.type, claims: deepFreeze(withoutReserved(claims)) };
    try {
      checkAccessToken(signed, issuer, rules, nowMs);
    } catch (error) {
      if (isGatehouseError(error, 'token_expired')) {
        cache.addDisproof(name(), { code: error.code, ...tokenProblemOf(error) });
      }
      throw error;
    }
    const proof: VerifiedSignature = { token: signed, key };
    cache.addProof(digest, proof, token.length);
    return proof;
  }
}

function isPublished({ key: { source, fingerprint } }: VerifiedSignature): boolean {
  return source.usable()?.has(fingerprint) === true;
}

const WRONG_SIGNATURE: RejectedSignature = {
  code: 'token_invalid',
  problem: 'no published key verifies the signature',
  configKey: null,
};

function refusalOf({ code, problem, configKey }: RejectedSignature): GatehouseError {
  return new GatehouseError(code, { context: { problem, configKey } });
}
