/**
 * AES-256-GCM as all envelopes use it: a random IV of 96 bits in front, a tag of 128 bits behind (GCM-1). Opening
 * gives the whole text or throws, and no part of it before the tag has held (GCM-5).
 */
import { concatBytes, randomBytes } from "#base";

export const AES_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A key that cannot be taken out again. Throws for any size but 256 bits. */
export async function importAesKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  if (bytes.length !== AES_KEY_BYTES) throw new Error("aes-gcm: not a key of 256 bits");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** IV, text and tag. An IV is drawn for every call and never given, so that none comes twice by mistake (GCM-2). */
export async function encrypt(
  key: CryptoKey,
  additionalData: Uint8Array<ArrayBuffer>,
  plain: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = randomBytes(IV_BYTES);
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, plain);
  return concatBytes([iv, new Uint8Array(body)]);
}

/** What `encrypt` gave, opened. Throws for everything else. */
export async function decrypt(
  key: CryptoKey,
  additionalData: Uint8Array<ArrayBuffer>,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (sealed.length < IV_BYTES + TAG_BYTES) throw new Error("aes-gcm: too short");
  const algorithm = { name: "AES-GCM", iv: sealed.subarray(0, IV_BYTES), additionalData };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.subarray(IV_BYTES)));
}
