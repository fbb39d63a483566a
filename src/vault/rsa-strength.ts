import { base64UrlUint } from "./base64url-strict.ts";

/** JOS-7. */
const MODULUS_BITS_MIN = 2_048;
/** Larger ones cost a sender's request its time and give nothing that the contract asks for. */
const MODULUS_BITS_MAX = 4_096;
/** FIPS 186-5 A.1.1: above 2^16; the upper end is what runtimes take. An exponent of 1 encrypts nothing. */
const EXPONENT_MIN = 65_537n;
const EXPONENT_MAX = 0xffff_ffffn;

/**
 * Moduli made by Infineon's library (CVE-2017-15361, "ROCA") are powers of 65537 modulo each of these; of other
 * moduli one in 2^27 is. Such keys can be factored.
 */
const ROCA_PRIMES = [
  11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
] as const;
const ROCA_BASE = 65_537;

/** Whether a modulus in base64url has a length that is allowed and is none of a known weak kind. */
export function isStrongModulus(text: string): boolean {
  const modulus = base64UrlUint(text);
  if (modulus === undefined || modulus % 2n === 0n) return false;
  const bits = modulus.toString(2).length;
  if (bits < MODULUS_BITS_MIN || bits > MODULUS_BITS_MAX) return false;
  return !ROCA_PRIMES.every((prime) => isPowerOfBase(Number(modulus % BigInt(prime)), prime));
}

/** Whether a public exponent in base64url is odd and in the allowed range. */
export function isStrongExponent(text: string): boolean {
  const exponent = base64UrlUint(text);
  if (exponent === undefined || exponent % 2n === 0n) return false;
  return exponent >= EXPONENT_MIN && exponent <= EXPONENT_MAX;
}

function isPowerOfBase(residue: number, prime: number): boolean {
  let power = 1;
  for (let exponent = 0; exponent < prime; exponent += 1) {
    if (power === residue) return true;
    power = (power * ROCA_BASE) % prime;
  }
  return false;
}
