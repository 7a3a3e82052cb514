/**
 * Primes of the published ROCA fingerprint (CVE-2017-15361). Moduli made by the flawed generator
 * are powers of 65537 modulo every one of them; a sound modulus is so by chance in fewer than one
 * of a hundred million cases.
 */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101,
  103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

const POWERS = new Map(PRIMES.map((prime) => [prime, powersOfGenerator(prime)]));

/**
 * Returns true if an RSA modulus has the fingerprint of the ROCA generator, so that an attacker can
 * compute its private key.
 * @param modulus the modulus as an unsigned big-endian number
 */
export function isRocaModulus(modulus: Buffer): boolean {
  const number = BigInt(`0x${modulus.toString('hex') || '0'}`);
  return PRIMES.every((prime) => POWERS.get(prime)?.has(Number(number % BigInt(prime))) === true);
}

function powersOfGenerator(prime: number): Set<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power);
  return powers;
}
