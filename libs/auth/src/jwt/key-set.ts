import { isSameAlgorithm, keyFamilyOf, type JwsAlgorithm } from './jws-algorithms.js';
import type { AdmittedKey, KeyAdmission } from './key-admission.js';

/** Largest number of keys that are tried for one token, even in a larger set. */
export const MAX_CANDIDATES = 4;

/** When and how a set came to be known. */
export interface KeySetOrigin {
  /** When the provider published it to us, milliseconds since the Unix epoch. */
  readonly loadedAtMs: number;
  /** True when it comes from the data directory and not from the provider itself. */
  readonly isRestored: boolean;
}

/** The keys of one address as they stood at one time. Replaced as a whole, never merged. */
export class KeySet {
  readonly loadedAtMs: number;
  readonly isRestored: boolean;
  readonly keys: readonly AdmittedKey[];
  /** How many published keys were left out. */
  readonly refusedCount: number;
  private readonly fingerprints: ReadonlySet<string>;

  /** @param origin when and how it came to be known */
  constructor(admission: KeyAdmission, origin: KeySetOrigin) {
    this.keys = admission.keys;
    this.refusedCount = admission.refusals.length;
    this.loadedAtMs = origin.loadedAtMs;
    this.isRestored = origin.isRestored;
    this.fingerprints = new Set(admission.keys.map(({ fingerprint }) => fingerprint));
  }

  /** Tells whether a key is (still) among them, with the same material and pinned algorithm. */
  has(fingerprint: string): boolean {
    return this.fingerprints.has(fingerprint);
  }

  /**
   * The keys that may have signed a token, at most {@link MAX_CANDIDATES}. A key id selects exactly;
   * keys that share it are all tried. Without one, the only key of the set is tried, and in a larger
   * set those keys that have no id themselves.
   * @param keyId `kid` of the token, or `null`
   * @param algorithm `alg` of the token
   */
  candidates(keyId: string | null, algorithm: JwsAlgorithm): readonly AdmittedKey[] {
    const family = keyFamilyOf(algorithm);
    const isOnlyKey = keyId === null && this.keys.length === 1;
    return this.keys
      .filter((key) => isOnlyKey || key.keyId === keyId)
      .filter(
        (key) => key.family === family && isSameAlgorithm(key.algorithm ?? algorithm, algorithm),
      )
      .slice(0, MAX_CANDIDATES);
  }
}
