/** The key pair that a merchant's segments are signed with: made on first use, its private half sealed (JOS-7). */
import { assert, type Clock } from "#base";
import { importSigningKey, makeSigningPair } from "#vault";
import type { LogPlace } from "./ports.ts";
import type { Signer } from "./segment.ts";
import { signingKeysOf, type SigningKeyRecord } from "./state.ts";
import type { AuditKeys } from "./verify.ts";

export interface KeyHolder {
  /** The newest key's id. */
  currentId(): Promise<string>;
  signer(keyId: string): Promise<Signer>;
  publicKeys(): Promise<AuditKeys["keys"]>;
}

export function makeKeyHolder(place: LogPlace, nowMs: Clock): KeyHolder {
  const { keyring, merchantId, storage } = place;
  const use = { purpose: "audit", owner: merchantId } as const;
  const imported = new Map<string, CryptoKey>();
  const all = async (): Promise<SigningKeyRecord[]> => {
    const known = signingKeysOf(storage);
    if (known.length > 0) return known;
    const pair = await makeSigningPair(keyring, use);
    const made = signingKeysOf(storage); // Another call may have made one meanwhile: there is one first key.
    if (made.length > 0) return made;
    const keys = [{ ...pair, createdAtMs: nowMs() }];
    storage.kv.put("keys", keys);
    return keys;
  };
  return {
    async currentId() {
      const newest = (await all()).at(-1);
      assert(newest !== undefined, "a log has a key");
      return newest.publicJwk.kid;
    },
    async signer(keyId) {
      const known = imported.get(keyId);
      if (known) return { keyId, key: known };
      const record = (await all()).find(({ publicJwk }) => publicJwk.kid === keyId);
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
