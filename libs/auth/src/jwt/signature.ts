import { compactVerify } from 'jose';
import { within } from '#libs/common';
import type { IssuerSettings } from '#libs/config';
import { isSameAlgorithm } from './jws-algorithms.js';
import type { TokenHeader } from './compact-token.js';
import type { AdmittedKey } from './key-admission.js';
import { MAX_CANDIDATES } from './key-set.js';
import { providerProblem } from '../failures/provider-error.js';
import type { SigningKeys } from './signing-keys.js';
import { tokenInvalid } from '../failures/token-error.js';

/** The key that a signature was verified with. */
export interface ProvenKey {
  readonly source: SigningKeys;
  readonly fingerprint: string;
  /** Generation of the source at that time. */
  readonly generation: number;
}

/**
 * Longest wait of a token with an unknown key for a refresh. A healthy provider responds in that
 * time; a slow one must not turn tokens with made-up key ids into a queue.
 */
const UNKNOWN_KID_WAIT_MS = 900;

/**
 * Finds the published key that signed a token, in three steps: the known keys; the keys of sources
 * that were never loaded or are too old, as they arrive; the keys that an on-demand refresh loads.
 * A slow source does not delay a token whose key another source has.
 */
export class SignatureCheck {
  private readonly tried = new Set<string>();

  /** @param sources where its issuer publishes keys, in order */
  constructor(
    private readonly token: string,
    private readonly header: TokenHeader,
    private readonly sources: readonly SigningKeys[],
  ) {}

  /**
   * Returns the key that verifies the signature, or `null` if keys for the token exist and none of
   * them verifies it.
   * @throws GatehouseError `token_invalid` if no source publishes such a key,
   *   `auth_provider_unavailable` if a source that might publish it cannot be read
   */
  async run(): Promise<ProvenKey | null> {
    const proven =
      (await this.tryKnownKeys()) ??
      (await this.tryAfterEach(this.missing().map((source) => source.obtain()))) ??
      (await this.tryAfterEach(
        this.present().map((source) => within(UNKNOWN_KID_WAIT_MS, source.refreshOnDemand())),
      ));
    if (proven !== null || this.tried.size > 0) return proven;
    const missing = this.missing();
    if (missing.length === 0) throw tokenInvalid('no published key has the key id and algorithm');
    const pauseMs = Math.min(...missing.map((source) => source.pauseMs));
    throw providerProblem('the keys of the issuer are not known', {
      retryAfterSeconds: Math.max(1, Math.ceil(pauseMs / 1000)),
    });
  }

  private missing(): readonly SigningKeys[] {
    return this.sources.filter((source) => source.usable() === null);
  }

  private present(): readonly SigningKeys[] {
    return this.sources.filter((source) => source.usable() !== null);
  }

  private async tryAfterEach(waits: readonly Promise<unknown>[]): Promise<ProvenKey | null> {
    const pending = new Map(waits.map((wait, index) => [index, wait.then(() => index)]));
    while (pending.size > 0) {
      pending.delete(await Promise.race(pending.values()));
      const proven = await this.tryKnownKeys();
      if (proven !== null) return proven;
    }
    return null;
  }

  private async tryKnownKeys(): Promise<ProvenKey | null> {
    for (const source of this.sources) {
      const keys = source.usable()?.candidates(this.header.keyId, this.header.alg) ?? [];
      const { generation } = source;
      for (const key of keys) {
        if (await this.tryKey(key)) return { source, fingerprint: key.fingerprint, generation };
      }
    }
    return null;
  }

  /** Tries each key once, and a bounded number in all, so that the cost of a token is bounded. */
  private async tryKey(key: AdmittedKey): Promise<boolean> {
    if (this.tried.has(key.fingerprint) || this.tried.size >= 2 * MAX_CANDIDATES) return false;
    this.tried.add(key.fingerprint);
    try {
      await compactVerify(this.token, key.key, { algorithms: [this.header.alg] });
      return true;
    } catch {
      // Any error of the library about key, header or signature means that the signature is not
      // verified.
      return false;
    }
  }
}

/**
 * Refuses an algorithm that the issuer's entry does not list, before any key is looked for.
 * @param algorithm `alg` of the token
 * @throws GatehouseError `token_invalid`
 */
export function refuseAlgorithm(
  algorithm: string,
  { algorithms, configPath }: IssuerSettings,
): void {
  if (algorithms === null || algorithms.some((one) => isSameAlgorithm(one, algorithm))) return;
  throw tokenInvalid('the issuer does not sign with this algorithm', `${configPath}.algorithms`);
}

/**
 * Refuses a token that names no key where its issuer always does.
 * @param keyId `kid` of the token, or `null`
 * @param issuer the entry that the token belongs to
 * @throws GatehouseError `token_invalid`
 */
export function refuseMissingKeyId(
  keyId: string | null,
  { isKeyIdRequired, configPath }: IssuerSettings,
): void {
  if (keyId !== null || !isKeyIdRequired) return;
  throw tokenInvalid('the token names no key', `${configPath}.key_id_required`);
}
