import { fromBase64Url, toBase64Url, toHex } from "#base";

const ALPHABET = /^[A-Za-z0-9_-]*$/;

/**
 * Base64url as JOSE means it (JOS-1, RFC 7515 2): no padding, blanks or foreign characters, and one spelling per
 * value, so that bits which carry nothing are zero. `undefined` for everything else.
 */
export function base64UrlBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!ALPHABET.test(text) || text.length % 4 === 1) return undefined;
  const bytes = fromBase64Url(text);
  return toBase64Url(bytes) === text ? bytes : undefined;
}

/** A non-negative integer as a JWK writes it (RFC 7518 6), of exactly so many bytes where that is asked. */
export function base64UrlUint(text: string, byteCount?: number): bigint | undefined {
  const bytes = base64UrlBytes(text);
  if (!bytes || bytes.length === 0) return undefined;
  if (byteCount !== undefined && bytes.length !== byteCount) return undefined;
  return BigInt(`0x${toHex(bytes)}`);
}
