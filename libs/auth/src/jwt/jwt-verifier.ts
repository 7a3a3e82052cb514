import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, deepFreeze, GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore, type JwtSettings } from '#libs/config';
import { parseCompactToken } from './compact-token.js';
import { IssuerRegistry } from './issuer-registry.js';
import { KeySetManager } from './key-set-manager.js';
import { ProofCache, type Disproof, type Proof } from './proof-cache.js';
import { checkRegisteredClaims } from './registered-claims.js';
import { SignatureCheck } from './signature.js';
import { tokenProblemOf } from './token-problem.js';

/** A token whose signature, issuer, audience, type and times are in order. */
export interface VerifiedToken {
  /** The verified claims, deeply frozen, without those that no token may assert. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Names that LiteLLM and Gatehouse keep for themselves; a token cannot inject them. */
const RESERVED_PREFIXES = ['_litellm_', '_gatehouse_'];

/**
 * Verifies access tokens: strict parsing, an issuer out of the registry, a signature by one of its
 * admitted keys, then the registered claims.
 *
 * A good signature is remembered (see {@link ProofCache}); each use judges again whether its key is
 * still published and whether time, issuer, audience and type hold. Concurrent requests with one
 * token share its verification.
 */
@Injectable()
export class JwtVerifier {
  private readonly cache = new ProofCache();
  private readonly running = new Map<string, Promise<Proof>>();
  private rules: JwtSettings | null = null;

  /**
   * @param settings the rules
   * @param issuers who is trusted
   * @param keySets the keys of the trusted
   * @param clock the time
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly issuers: IssuerRegistry,
    private readonly keySets: KeySetManager,
    private readonly clock: Clock,
  ) {}

  /**
   * The claims of a token, once they are proven.
   * @param token a credential within the size limit
   * @throws GatehouseError `token_invalid`, `issuer_unknown`, `token_expired`, `auth_provider_unavailable`
   */
  async verify(token: string): Promise<VerifiedToken> {
    const rules = this.currentRules();
    const digest = hash('sha256', token, 'base64');
    const proof = this.knownProof(digest) ?? (await this.shareProof(token, digest));
    const { claims } = proof.token;
    const issuer = this.issuers.select(claims['iss']);
    checkRegisteredClaims(proof.token, issuer, rules, this.clock.nowMs());
    return { claims };
  }

  /** New rules of whatever kind make what was remembered under the old ones worthless. */
  private currentRules(): JwtSettings {
    const { jwt } = this.settings.current;
    if (jwt !== this.rules) {
      this.rules = jwt;
      this.cache.clear();
    }
    return jwt;
  }

  private knownProof(digest: string): Proof | null {
    const proof = this.cache.proof(digest, this.clock.nowMs());
    if (proof === null) return null;
    const { source, fingerprint } = proof.key;
    if (source.usable()?.has(fingerprint) === true) return proof;
    this.cache.dropProof(digest);
    return null;
  }

  private async shareProof(token: string, digest: string): Promise<Proof> {
    const shared = this.running.get(digest);
    if (shared !== undefined) return shared;
    const proof = this.prove(token, digest).finally(() => this.running.delete(digest));
    this.running.set(digest, proof);
    return proof;
  }

  private async prove(token: string, digest: string): Promise<Proof> {
    const rules = this.currentRules();
    const { header, claims } = parseCompactToken(token, !rules.refuseDuplicateMembers);
    const issuer = this.issuers.select(claims['iss']);
    const sources = this.keySets.sourcesOf(issuer);
    // A refusal holds for the keys that the token was tried with, so they are part of its name.
    const name = () => [digest, ...sources.map(({ generation }) => generation)].join(' ');
    const disproof = this.cache.disproof(name(), this.clock.nowMs());
    if (disproof !== null) throw refusalOf(disproof);
    const key = await new SignatureCheck(token, header, sources).run();
    const nowMs = this.clock.nowMs();
    if (key === null) {
      this.cache.addDisproof(name(), WRONG_SIGNATURE, nowMs);
      throw refusalOf(WRONG_SIGNATURE);
    }
    const signed = { type: header.type, claims: deepFreeze(withoutReserved(claims)) };
    try {
      checkRegisteredClaims(signed, issuer, rules, nowMs);
    } catch (error) {
      if (isGatehouseError(error, 'token_expired')) {
        this.cache.addDisproof(name(), { code: error.code, ...tokenProblemOf(error) }, nowMs);
      }
      throw error;
    }
    const proof: Proof = { token: signed, key };
    this.cache.addProof(digest, proof, { bytes: token.length, nowMs });
    return proof;
  }
}

const WRONG_SIGNATURE: Disproof = {
  code: 'token_invalid',
  problem: 'no published key verifies the signature',
  configKey: null,
};

function refusalOf({ code, problem, configKey }: Disproof): GatehouseError {
  return new GatehouseError(code, { context: { problem, configKey } });
}

function withoutReserved(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).filter(
      ([name]) => !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)),
    ),
  );
}
