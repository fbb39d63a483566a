import * as z from "zod";
import { assert, type Clock, fromBase64, once, readJson, utf8 } from "#base";
import { AES_KEY_BYTES, importAesKey } from "./aes-gcm.ts";
import { DATA_KEY_MESSAGES_MAX, type DataKeys, makeDataKeys } from "./data-keys.ts";
import { FIRST_GENERATIONS, type GenerationSource, type KeyPurpose } from "./generations.ts";
import { hkdfSha256 } from "./hkdf.ts";

const ROOT_BYTES = 32;
export const ROOT_ID = /^[A-Za-z0-9_-]{1,32}$/;
/** Derived keys in memory; an envelope may name any generation, so they need a bound. */
const DERIVED_MAX = 256;

/**
 * The `MASTER_KEYS` secret (api.md 8): the current root key and older ones that still open what they closed. `hashes`
 * names the root of keyed hashes: without it the first one listed, so that adding a root changes no hash.
 */
const masterKeysSchema = once(() =>
  z.object({
    current: z.string().min(1),
    hashes: z.string().min(1).optional(),
    keys: z.record(z.string().regex(ROOT_ID), z.base64()),
  }),
);

/** A key-encryption key of a purpose, as envelopes name it. */
export interface KekId {
  readonly rootId: string;
  readonly generation: number;
}

/** Hands out key-encryption keys; the roots never leave it (GCM-6). */
export interface Keyring {
  readonly currentId: string;
  readonly rootIds: readonly string[];
  /** The root of keyed hashes. */
  readonly hashId: string;
  /** `undefined` for a root that is not there: what it closed is gone (GCM-10). */
  readonly kek: (purpose: KeyPurpose, id: KekId) => Promise<CryptoKey | undefined>;
  /** The generations that new envelopes are closed with. */
  readonly generations: GenerationSource;
  /** The key of a keyed hash; it can only sign. */
  readonly hashKey: (purpose: HashPurpose) => Promise<CryptoKey>;
  readonly dataKeys: DataKeys;
}

/** What keyed hashes are for: one use, one key. */
export type HashPurpose = "fingerprint" | "self_test";

export interface KeyringPorts {
  readonly nowMs: Clock;
  readonly generations: GenerationSource;
  /** How many messages a data key may seal, where that is less than GCM-2 allows. */
  readonly messagesMax?: number;
}

/** Without a clock every data key seals one message. */
const NO_PORTS: KeyringPorts = {
  nowMs: () => 0,
  generations: FIRST_GENERATIONS,
  messagesMax: 1,
};

/** Reads `MASTER_KEYS`. Throws without quoting any of it. Make one per isolate: it holds the warm data keys. */
export function parseKeyring(masterKeys: string, ports: KeyringPorts = NO_PORTS): Keyring {
  const parsed = masterKeysSchema().safeParse(readJson(masterKeys));
  if (!parsed.success) throw new Error("MASTER_KEYS is not valid");
  const { current, hashes, keys } = parsed.data;
  const roots = new Map(Object.entries(keys).map(([id, text]) => [id, fromBase64(text)] as const));
  for (const [id, root] of roots) {
    if (root.length !== ROOT_BYTES)
      throw new Error(`MASTER_KEYS: key ${id} is not ${ROOT_BYTES} bytes`);
  }
  if (!roots.has(current)) throw new Error("MASTER_KEYS: the current key is missing");
  const [first] = roots.keys();
  const hashId = hashes ?? first;
  if (hashId === undefined || !roots.has(hashId))
    throw new Error("MASTER_KEYS: the key of hashes is missing");
  return makeKeyring({ currentId: current, hashId, roots }, ports);
}

interface Roots {
  readonly currentId: string;
  readonly hashId: string;
  readonly roots: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

function makeKeyring({ currentId, hashId, roots }: Roots, ports: KeyringPorts): Keyring {
  const { nowMs, generations, messagesMax = DATA_KEY_MESSAGES_MAX } = ports;
  const derived = new Map<string, CryptoKey>();
  const derive = async (rootId: string, label: string, use: KeyUse) => {
    const root = roots.get(rootId);
    if (!root) return undefined;
    const name = `${label}/${rootId}`;
    const key = derived.get(name) ?? (await deriveKey(root, label, use));
    if (derived.size >= DERIVED_MAX) derived.clear();
    derived.set(name, key);
    return key;
  };
  return {
    currentId,
    hashId,
    rootIds: [...roots.keys()],
    generations,
    dataKeys: makeDataKeys({ nowMs, messagesMax }),
    kek: (purpose, { rootId, generation }) =>
      derive(rootId, kekLabel(purpose, generation), importAesKey),
    async hashKey(purpose) {
      const key = await derive(hashId, `hash/${purpose}`, importHashKey);
      assert(key !== undefined, "the root of hashes exists");
      return key;
    },
  };
}

/** The first generation has the label from before there were generations: what it closed still opens. */
function kekLabel(purpose: KeyPurpose, generation: number): string {
  return generation === 1 ? `kek/${purpose}` : `kek/${purpose}/${generation}`;
}

type KeyUse = (bytes: Uint8Array<ArrayBuffer>) => Promise<CryptoKey>;

function importHashKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, hmac, false, ["sign"]);
}

/** HKDF-SHA256 with purpose and use as `info` (RFC 5869 3.2): labels that differ give unrelated keys (GCM-7). */
async function deriveKey(
  root: Uint8Array<ArrayBuffer>,
  label: string,
  use: KeyUse,
): Promise<CryptoKey> {
  const info = utf8(`foolproof/${label}`);
  const byteLength = AES_KEY_BYTES;
  const bytes = await hkdfSha256(root, { salt: new Uint8Array(0), info, byteLength });
  const key = await use(bytes);
  bytes.fill(0);
  return key;
}
