import { createPublicKey } from 'node:crypto';
import { keyFamilyOf, type JwsAlgorithm } from './jws-algorithms.js';
import { admitKeys, type AdmittedKey } from './key-admission.js';
import { MAX_CANDIDATES } from './key-set.js';
import type { KeySetStatus } from './key-source.js';
import type { SigningKeys, UsableKeys } from './signing-keys.js';

/**
 * Public keys that stand in the configuration in PEM form, bare or in certificates. Always there, never refreshed, and
 * evaluated like published ones. They have no key ids, so a token's `kid` does not select among them. A certificate is a
 * container here: neither its dates nor its chain count.
 */
export class StaticKeys implements SigningKeys, UsableKeys {
  /** Configured keys change only with the settings, which makes new instances. */
  readonly generation = 0;
  readonly pauseMs = 0;
  private readonly keys: readonly AdmittedKey[];
  private readonly refusedCount: number;

  /** @param configPath where they are configured */
  constructor(
    texts: readonly string[],
    private readonly configPath: string,
  ) {
    const { keys, refusals } = admitKeys(texts.map(jwkOf));
    this.keys = keys;
    this.refusedCount = refusals.length;
  }

  /** Themselves. */
  usable(): UsableKeys {
    return this;
  }

  /** There is nothing to load. */
  obtain(): Promise<void> {
    return Promise.resolve();
  }

  /** There is nothing to refresh. */
  refreshOnDemand(): Promise<void> {
    return Promise.resolve();
  }

  /** Tells whether a key is among them. */
  has(fingerprint: string): boolean {
    return this.keys.some((key) => key.fingerprint === fingerprint);
  }

  /**
   * The keys that may have signed a token: all of the right family, as many as may be tried.
   * @param _keyId `kid` of the token, which says nothing here
   * @param algorithm `alg` of the token
   */
  candidates(_keyId: string | null, algorithm: JwsAlgorithm): readonly AdmittedKey[] {
    const family = keyFamilyOf(algorithm);
    return this.keys.filter((key) => key.family === family).slice(0, MAX_CANDIDATES);
  }

  /** What readiness tells. */
  status(): KeySetStatus {
    return {
      address: this.configPath,
      state: this.keys.length > 0 ? 'fresh' : 'unavailable',
      keyCount: this.keys.length,
      refusedKeyCount: this.refusedCount,
      ageSeconds: null,
      problem: null,
      notice: null,
      storageProblem: null,
    };
  }
}

function jwkOf(text: string): unknown {
  try {
    return createPublicKey(text).export({ format: 'jwk' });
  } catch {
    return null;
  }
}
