/**
 * AES-256-GCM as all envelopes use it: a random IV of 96 bits in front, a tag of 128 bits behind (GCM-1), in
 * base64url. Opening gives the whole text or throws, and no part of it before the tag has held (GCM-5).
 *
 * Texts are encoded into memory that is used again: WebCrypto copies its input before it returns, so that no two calls
 * meet there, and allocating costs more than encrypting a short text.
 */
import { fromBase64Url, randomBytes, toBase64Url, utf8 } from "#base";

export const AES_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const UTF8_BYTES_PER_UNIT_MAX = 3;
/** Longer input is given memory of its own. */
const BOUND_BYTES = 4_096;
const INPUT_BYTES = 16_384;

const boundMemory = new Uint8Array(BOUND_BYTES);
const inputMemory = new Uint8Array(INPUT_BYTES);
const encoder = new TextEncoder();

type Bytes = Uint8Array<ArrayBuffer>;

/** A key that cannot be taken out again. Throws for any size but 256 bits. */
export async function importAesKey(bytes: Bytes): Promise<CryptoKey> {
  if (bytes.length !== AES_KEY_BYTES) throw new Error("aes-gcm: not a key of 256 bits");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** An encryption that has begun. */
interface Sealing {
  readonly iv: Bytes;
  readonly body: Promise<ArrayBuffer>;
}

/**
 * Begins to seal `plain`, which opens with the same `bound` alone. An IV is drawn for every call and never given, so
 * that none comes twice by mistake (GCM-2). Not `async`, nor is `decrypt`: a layer of promises costs as much as an IV.
 */
export function encrypt(key: CryptoKey, bound: string | Bytes, plain: string | Bytes): Sealing {
  const iv = randomBytes(IV_BYTES);
  const input = bytesOf(plain, inputMemory);
  const algorithm = { name: "AES-GCM", iv, additionalData: bytesOf(bound, boundMemory) };
  const body = crypto.subtle.encrypt(algorithm, key, input);
  if (typeof plain === "string") input.fill(0);
  return { iv, body };
}

/** IV, ciphertext and tag. 12 bytes are 16 characters and no remainder: so the texts in a row are the bytes in a row. */
export function sealedText(iv: Bytes, body: ArrayBuffer): string {
  return toBase64Url(iv) + toBase64Url(new Uint8Array(body));
}

/** What `sealedText` gave, opened. Throws or rejects for everything else. */
export function decrypt(
  key: CryptoKey,
  bound: string | Bytes,
  sealed: string,
): Promise<ArrayBuffer> {
  const input = sealedBytes(sealed);
  if (input.length < IV_BYTES + TAG_BYTES) throw new Error("aes-gcm: too short");
  const iv = input.subarray(0, IV_BYTES);
  const algorithm = { name: "AES-GCM", iv, additionalData: bytesOf(bound, boundMemory) };
  return crypto.subtle.decrypt(algorithm, key, input.subarray(IV_BYTES));
}

function bytesOf(input: string | Bytes, memory: Bytes): Bytes {
  if (typeof input !== "string") return input;
  if (input.length * UTF8_BYTES_PER_UNIT_MAX > memory.length) return utf8(input);
  return memory.subarray(0, encoder.encodeInto(input, memory).written);
}

function sealedBytes(sealed: string): Bytes {
  // Base64 never has more bytes than characters.
  if (sealed.length > inputMemory.length) return fromBase64Url(sealed);
  return inputMemory.subarray(
    0,
    inputMemory.setFromBase64(sealed, { alphabet: "base64url" }).written,
  );
}
