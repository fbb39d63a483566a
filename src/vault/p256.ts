/** P-256 (FIPS 186-5, SP 800-186 3.2.1.3): y² = x³ - 3x + b over the field of PRIME. */
import { base64UrlUint } from "./base64url-strict.ts";

const PRIME = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const COORDINATE_BYTES = 32;

/**
 * Whether two base64url coordinates of 32 bytes each are a point of the curve: a point beside it would draw the
 * private key out bit by bit (JOS-5). The values are public, so plain arithmetic gives nothing away.
 */
export function isOnP256(xText: string, yText: string): boolean {
  const x = base64UrlUint(xText, COORDINATE_BYTES);
  const y = base64UrlUint(yText, COORDINATE_BYTES);
  if (x === undefined || y === undefined || x >= PRIME || y >= PRIME) return false;
  return (y * y - (x * x * x - 3n * x + B)) % PRIME === 0n;
}
