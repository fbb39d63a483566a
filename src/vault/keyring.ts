import * as z from "zod";
import { assert, fromBase64, once, utf8 } from "#base";

/** What a key-encryption key is for; a label per purpose gives unrelated keys (GCM-7). */
export type KeyPurpose = "tokens" | "vault" | "payload-keys" | "backup";

const KEY_BYTES = 32;

/** The `MASTER_KEYS` secret (api.md 8): the current root key and older ones that still open what they closed. */
const masterKeysSchema = once(() =>
  z.object({
    current: z.string().min(1),
    keys: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), z.base64()),
  }),
);

/** Hands out key-encryption keys; the roots never leave it (GCM-6). */
export interface Keyring {
  readonly currentId: string;
  kek(purpose: KeyPurpose, rootId: string): Promise<CryptoKey | undefined>;
  /** The key of a keyed hash, of the current root; it can only sign. */
  hashKey(purpose: "fingerprint"): Promise<CryptoKey>;
}

/** Reads `MASTER_KEYS`. Throws without quoting any of it. */
export function parseKeyring(masterKeys: string): Keyring {
  const parsed = masterKeysSchema().safeParse(parseJson(masterKeys));
  if (!parsed.success) throw new Error("MASTER_KEYS is not valid");
  const roots = new Map(
    Object.entries(parsed.data.keys).map(([id, text]) => [id, fromBase64(text)] as const),
  );
  for (const [id, root] of roots) {
    if (root.length !== KEY_BYTES)
      throw new Error(`MASTER_KEYS: key ${id} is not ${KEY_BYTES} bytes`);
  }
  if (!roots.has(parsed.data.current)) throw new Error("MASTER_KEYS: the current key is missing");
  return makeKeyring(parsed.data.current, roots);
}

function makeKeyring(
  currentId: string,
  roots: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): Keyring {
  const derived = new Map<string, CryptoKey>();
  const derive = async (rootId: string, label: string, use: KeyUse) => {
    const root = roots.get(rootId);
    if (!root) return undefined;
    const name = `${label}/${rootId}`;
    const key = derived.get(name) ?? (await deriveKey(root, label, use));
    derived.set(name, key);
    return key;
  };
  return {
    currentId,
    kek: (purpose, rootId) => derive(rootId, `kek/${purpose}`, WRAPPING),
    async hashKey(purpose) {
      const key = await derive(currentId, `hash/${purpose}`, HASHING);
      assert(key !== undefined, "the current root exists");
      return key;
    },
  };
}

interface KeyUse {
  readonly algorithm: AesKeyAlgorithm | { name: "HMAC"; hash: "SHA-256"; length: number };
  readonly usages: KeyUsage[];
}

type AesKeyAlgorithm = { name: "AES-GCM"; length: number };
type KeyUsage = "encrypt" | "decrypt" | "sign";

const WRAPPING: KeyUse = {
  algorithm: { name: "AES-GCM", length: KEY_BYTES * 8 },
  usages: ["encrypt", "decrypt"],
};
const HASHING: KeyUse = {
  algorithm: { name: "HMAC", hash: "SHA-256", length: KEY_BYTES * 8 },
  usages: ["sign"],
};

/** HKDF-SHA256 with purpose and use as `info` (RFC 5869 3.2): labels that differ give unrelated keys (GCM-7). */
async function deriveKey(
  root: Uint8Array<ArrayBuffer>,
  label: string,
  { algorithm, usages }: KeyUse,
): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", root, "HKDF", false, ["deriveKey"]);
  const info = utf8(`foolproof/${label}`);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  return crypto.subtle.deriveKey(hkdf, base, algorithm, false, usages);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the schema refuses it, and nothing of the secret is quoted.
  }
}
