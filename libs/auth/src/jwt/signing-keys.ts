import type { JwsAlgorithm } from './jws-algorithms.js';
import type { AdmittedKey } from './key-admission.js';

/** Keys that count now. */
export interface UsableKeys {
  /** Tells whether a key is (still) among them. */
  has(fingerprint: string): boolean;
  /**
   * The keys that may have signed a token, few enough to be tried one by one.
   * @param keyId `kid` of the token, or `null`
   * @param algorithm `alg` of the token
   */
  candidates(keyId: string | null, algorithm: JwsAlgorithm): readonly AdmittedKey[];
}

/** One origin of an issuer's keys: an address that is asked, or the configuration itself. */
export interface SigningKeys {
  /** Counts the sets that this origin has had. */
  readonly generation: number;
  /** Milliseconds until a failed origin may be asked again. */
  readonly pauseMs: number;
  /** The keys that count now; `null` while none are known. */
  usable(): UsableKeys | null;
  /** Resolves when a first load has ended, at once when none may start. */
  obtain(): Promise<void>;
  /** Resolves when a search for a key that the set lacks has ended. */
  refreshOnDemand(): Promise<void>;
}
