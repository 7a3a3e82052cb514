import { hash, type KeyObject } from 'node:crypto';
import {
  isJwsAlgorithm,
  keyFamilyOf,
  type JwsAlgorithm,
  type KeyFamily,
} from './jws-algorithms.js';
import { importPublicKey, type JwkMembers } from './key-import.js';

/** A published key that may verify tokens. */
export interface AdmittedKey {
  /** `kid`; `null` when the key has none. */
  readonly keyId: string | null;
  readonly family: KeyFamily;
  /** `alg`: the only algorithm that the key is for; `null` when it names none. */
  readonly algorithm: JwsAlgorithm | null;
  /** Thumbprint of key material and pinned algorithm: equal only if both are. */
  readonly fingerprint: string;
  readonly key: KeyObject;
  /** The public members, which may be stored. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** A published key that is left out, although it may be meant for signatures. */
interface KeyRefusal {
  /** Its place in the document. */
  readonly index: number;
  readonly problem: string;
}

/** What a key set document amounts to. */
export interface KeyAdmission {
  readonly keys: readonly AdmittedKey[];
  readonly refusals: readonly KeyRefusal[];
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** `jwt-svid` is what SPIFFE bundles call the keys that sign JWT-SVIDs (SPIFFE JWT-SVID section 6). */
const USES: readonly unknown[] = ['sig', 'jwt-svid'];

const FAMILY_OF_CURVE: ReadonlyMap<string, KeyFamily> = new Map<string, KeyFamily>([
  ['EC P-256', 'P-256'],
  ['EC P-384', 'P-384'],
  ['EC P-521', 'P-521'],
  ['OKP Ed25519', 'Ed25519'],
]);

/**
 * Evaluates every key of a set on its own, so that a broken one does not hurt its neighbours
 * (RFC 7517 section 5). Admitted are public signature keys alone: RSA of 2048 to 8192 bits with an
 * odd exponent of at least 65537 that do not come from the ROCA generator, EC on its own curve,
 * Ed25519; `use`, `key_ops` and `alg` are honoured (RFC 7517 section 4). Keys for encryption (`use: enc`) are part of
 * ordinary sets, of Keycloak's for instance: they are neither admitted nor refused.
 * @param entries the members of `keys`
 */
export function admitKeys(entries: readonly unknown[]): KeyAdmission {
  const keys: AdmittedKey[] = [];
  const refusals: KeyRefusal[] = [];
  for (const [index, entry] of entries.entries()) {
    if (isForEncryption(entry)) continue;
    const result = admitKey(entry);
    if (typeof result === 'string') refusals.push({ index, problem: result });
    else keys.push(result);
  }
  return { keys, refusals };
}

function isForEncryption(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'use' in entry && entry.use === 'enc';
}

/** Returns the admitted key, or the reason of its refusal. */
function admitKey(entry: unknown): AdmittedKey | string {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return 'not an object';
  const members = entry as JwkMembers;
  const family = familyOf(members);
  if (family === null) return 'its type or curve is not supported';
  const problem = labelProblem(members, family) ?? purposeProblem(members);
  if (problem !== null) return problem;
  const imported = importPublicKey(members, family);
  if (typeof imported === 'string') return imported;
  const { key, jwk } = imported;
  const { kid, alg } = members;
  const algorithm = isJwsAlgorithm(alg) ? alg : null;
  return {
    keyId: typeof kid === 'string' ? kid : null,
    family,
    algorithm,
    fingerprint: hash('sha256', JSON.stringify([algorithm, jwk]), 'base64url'),
    key,
    // JSON leaves out what is undefined.
    jwk: { ...jwk, kid, alg },
  };
}

function familyOf({ kty, crv }: JwkMembers): KeyFamily | null {
  if (kty === 'RSA') return 'RSA';
  // Converting another type to a string would run into a `toString` of a hostile document.
  if (typeof kty !== 'string' || typeof crv !== 'string') return null;
  return FAMILY_OF_CURVE.get(`${kty} ${crv}`) ?? null;
}

function labelProblem({ kid, alg }: JwkMembers, family: KeyFamily): string | null {
  if (kid !== undefined && typeof kid !== 'string') return 'its key id is not a string';
  if (alg === undefined || (isJwsAlgorithm(alg) && keyFamilyOf(alg) === family)) return null;
  return 'its algorithm does not fit or is not supported';
}

function purposeProblem(members: JwkMembers): string | null {
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(members, name))) {
    return 'it is symmetric or publishes its private part';
  }
  const { use = 'sig', key_ops: operations = ['verify'] } = members;
  const mayVerify =
    USES.includes(use) && Array.isArray(operations) && operations.includes('verify');
  return mayVerify ? null : 'it is not meant for verifying signatures';
}
