import { toHex, utf8 } from "#base";
import type { HashPurpose, Keyring } from "./keyring.ts";

/**
 * HMAC-SHA256 of a text under a key of the root of hashes, as hex: recognises what was seen before without
 * keeping it, and tells nothing to who does not hold the root (PCI-3.5.1.1).
 */
export async function keyedHash(
  keyring: Keyring,
  purpose: HashPurpose,
  text: string,
): Promise<string> {
  const key = await keyring.hashKey(purpose);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text))));
}
