/**
 * The key pairs that a merchant's segments are signed with, a new one every year, their private halves sealed (JOS-7).
 * A new one waits until a backup holds it: what is signed must verify in a deployment that was lost and restored.
 */
import { assert, type Clock } from "#base";
import { importSigningKey, makeSigningPair } from "#vault";
import { KEY_LIFE_MS, KEY_WAITS_MS } from "./limits.ts";
import type { LogPlace } from "./ports.ts";
import type { Signer } from "./segment.ts";
import { signingKeysOf, type SigningKeyRecord } from "./state.ts";
import type { AuditKeys } from "./verify.ts";

export interface KeyHolder {
  /** Of the key that signs now. */
  currentId(): Promise<string>;
  /** Makes the next key when the newest is a year old; its id, if it did. */
  rotateIfDue(): Promise<string | undefined>;
  signer(keyId: string): Promise<Signer>;
  publicKeys(): Promise<AuditKeys["keys"]>;
}

export function makeKeyHolder(place: LogPlace, nowMs: Clock): KeyHolder {
  const { keyring, merchantId, storage } = place;
  const use = { purpose: "audit", owner: merchantId } as const;
  const imported = new Map<string, CryptoKey>();
  /** The keys, with another one if `isDue`; two calls at once make one. */
  const withNext = async (isDue: (keys: readonly SigningKeyRecord[]) => boolean) => {
    if (!isDue(signingKeysOf(storage))) return signingKeysOf(storage);
    const pair = await makeSigningPair(keyring, use);
    const keys = signingKeysOf(storage);
    if (!isDue(keys)) return keys;
    storage.kv.put("keys", [...keys, { ...pair, createdAtMs: nowMs() }]);
    return signingKeysOf(storage);
  };
  const all = () => withNext((keys) => keys.length === 0);
  return {
    async currentId() {
      return idOf(signsNow(await all(), nowMs()));
    },
    async rotateIfDue() {
      const before = (await all()).at(-1);
      const newest = (await withNext((keys) => keys.every((key) => isOld(key, nowMs())))).at(-1);
      return before && newest && idOf(newest) !== idOf(before) ? idOf(newest) : undefined;
    },
    async signer(keyId) {
      const known = imported.get(keyId);
      if (known) return { keyId, key: known };
      const record = (await all()).find((key) => idOf(key) === keyId);
      assert(record !== undefined, "a key that signs is kept");
      const { sealedPrivate } = record;
      const key = await importSigningKey(keyring, use, { kid: keyId, sealedPrivate });
      if (!key) throw new Error("the signing key does not open");
      imported.set(keyId, key);
      return { keyId, key };
    },
    async publicKeys() {
      return (await all()).map(({ publicJwk, createdAtMs }) => ({
        ...publicJwk,
        createdAt: createdAtMs,
      }));
    },
  };
}

function idOf({ publicJwk }: SigningKeyRecord): string {
  return publicJwk.kid;
}

function isOld({ createdAtMs }: SigningKeyRecord, nowMs: number): boolean {
  return nowMs - createdAtMs >= KEY_LIFE_MS;
}

/** The first key has signed from its first moment on: backups take it with the log. */
function signsNow(keys: readonly SigningKeyRecord[], nowMs: number): SigningKeyRecord {
  const [first, ...later] = keys;
  const known = later.findLast(({ createdAtMs }) => createdAtMs + KEY_WAITS_MS <= nowMs);
  const key = known ?? first;
  assert(key !== undefined, "a log has a key");
  return key;
}
