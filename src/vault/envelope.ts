/**
 * Envelope encryption: AES-256-GCM under a random data key of its own per envelope, that key wrapped by the
 * key-encryption key of a purpose. The context is authenticated, so an envelope that is moved to another
 * merchant, record or version does not open (GCM-4). Opening gives the text or nothing (GCM-5).
 */
import { concatBytes, fromBase64Url, randomBytes, toBase64Url, utf8 } from "#base";
import type { KeyPurpose, Keyring } from "./keyring.ts";

const VERSION = "fp1";
const IV_BYTES = 12;
const TAG_BYTES = 16;
const DATA_KEY_BYTES = 32;
/** GCM allows far more; nothing we seal is longer (GCM-3). */
const TEXT_BYTES_MAX = 1_048_576;

export interface EnvelopeContext {
  readonly purpose: KeyPurpose;
  /** Who and what the text belongs to: tenant, kind, id, version. Order matters. */
  readonly identity: readonly string[];
}

/** Seals a text: `fp1.<root id>.<wrapped data key>.<text>`, each part IV and ciphertext in base64url. */
export async function seal(
  keyring: Keyring,
  context: EnvelopeContext,
  text: string,
): Promise<string> {
  const plain = utf8(text);
  if (plain.length > TEXT_BYTES_MAX) throw new Error("envelope: the text is too long");
  const kek = await keyring.kek(context.purpose, keyring.currentId);
  if (!kek) throw new Error("envelope: no current key");
  const aad = associatedData(context, keyring.currentId);
  const dataKey = randomBytes(DATA_KEY_BYTES);
  const wrapped = await encrypt(kek, aad, dataKey);
  const sealed = await encrypt(await importDataKey(dataKey, "encrypt"), aad, plain);
  return [VERSION, keyring.currentId, toBase64Url(wrapped), toBase64Url(sealed)].join(".");
}

/** Opens an envelope, or gives `undefined` for every kind of failure alike. */
export async function open(
  keyring: Keyring,
  context: EnvelopeContext,
  envelope: string,
): Promise<string | undefined> {
  const [version, rootId, wrapped, sealed, ...rest] = envelope.split(".");
  if (version !== VERSION || !rootId || !wrapped || !sealed || rest.length > 0) return undefined;
  const kek = await keyring.kek(context.purpose, rootId);
  if (!kek) return undefined;
  const aad = associatedData(context, rootId);
  try {
    const dataKey = await decrypt(kek, aad, fromBase64Url(wrapped));
    const plain = await decrypt(
      await importDataKey(dataKey, "decrypt"),
      aad,
      fromBase64Url(sealed),
    );
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
  } catch {
    // Reached by bad base64, a wrong tag, a foreign context or a damaged key: all mean "does not open".
    return undefined;
  }
}

function associatedData(context: EnvelopeContext, rootId: string): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify([VERSION, context.purpose, rootId, ...context.identity]));
}

function importDataKey(
  dataKey: Uint8Array<ArrayBuffer>,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", dataKey, "AES-GCM", false, [usage]);
}

async function encrypt(
  key: CryptoKey,
  aad: Uint8Array<ArrayBuffer>,
  plain: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const iv = randomBytes(IV_BYTES);
  const body = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: aad },
    key,
    plain,
  );
  return concatBytes([iv, new Uint8Array(body)]);
}

async function decrypt(
  key: CryptoKey,
  aad: Uint8Array<ArrayBuffer>,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (sealed.length < IV_BYTES + TAG_BYTES) throw new Error("envelope: too short");
  const algorithm = { name: "AES-GCM", iv: sealed.slice(0, IV_BYTES), additionalData: aad };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.slice(IV_BYTES)));
}
